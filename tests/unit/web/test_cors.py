"""Which pages of other origins may use the service, and the headers that tell their browsers."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response

from tests.support import environs
from userstatus.errors import Rejection
from userstatus.web import rejections
from userstatus.web.cors import Origins

ONE = Origins(("https://a.example",))
EVERY = Origins(("*",))


def environ(origin: str | None = None, method: str = "GET", **others: Any) -> dict[str, Any]:
    found = environs.environ(method=method, HTTP_HOST="Here:8080", **others)
    return found if origin is None else {**found, "HTTP_ORIGIN": origin}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("https://a.example", True),
        ("https://A.example", True),
        ("http://here:8080", True),
        ("https://here:8080", False),
        ("https://b.example", False),
        ("null", False),
    ],
)
def test_programs_and_named_origins_and_our_own_may_connect(origin: str | None, allowed: bool) -> None:
    assert ONE.allows(origin, environ()) is allowed
    assert EVERY.allows(origin, environ())


def test_what_other_origins_may_not_do_is_rejected_with_the_setting_to_change() -> None:
    ONE.check(environ("https://a.example"))
    EVERY.check(environ("https://b.example"))
    with pytest.raises(Rejection, match="CORS_ORIGINS") as rejection:
        ONE.check(environ("https://b.example"))
    assert rejection.value.status == 403


def test_a_response_names_the_origin_of_the_request_only_if_it_may_read() -> None:
    def granted(origin: str) -> dict[str, str]:
        return dict(ONE.headers(environ(origin)))

    assert granted("https://a.example")["Access-Control-Allow-Origin"] == "https://a.example"
    assert granted("https://a.example")["Vary"] == "Origin"
    assert "X-Cursor" in granted("https://a.example")["Access-Control-Expose-Headers"]
    assert granted("https://b.example") == {"Vary": "Origin"}
    everybody = dict(EVERY.headers(environ("https://b.example")))
    assert everybody["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in everybody


def test_a_preflight_is_granted_the_headers_that_it_asks_for() -> None:
    asked = environ("https://b.example", "OPTIONS", HTTP_ACCESS_CONTROL_REQUEST_HEADERS="x-a, x-b")
    assert dict(EVERY.headers(asked))["Access-Control-Allow-Headers"] == "x-a, x-b"
    bare = dict(EVERY.headers(environ("https://b.example", "OPTIONS")))
    assert bare["Access-Control-Allow-Headers"] == "Content-Type"
    assert "Access-Control-Allow-Headers" not in dict(EVERY.headers(environ()))


@pytest.fixture
def app() -> Flask:
    app = Flask("test", static_folder=None)
    app.post("/x", endpoint="post")(lambda: "posted")
    app.get("/x", endpoint="get")(lambda: "read")
    app.get("/open", endpoint="open")(lambda: Response("", headers={"Access-Control-Allow-Origin": "*"}))
    rejections.install(app, lambda rejection: Response(rejection.error, rejection.status))
    ONE.install(app)
    return app


@pytest.mark.parametrize(
    ("path", "method"), [("/x", "GET"), ("/x", "POST"), ("/x", "OPTIONS"), ("/y", "GET")]
)
def test_every_response_has_the_headers_and_errors_too(app: Flask, path: str, method: str) -> None:
    asked = environ("https://a.example", method) | {"PATH_INFO": path}
    response = environs.respond(app.wsgi_app, asked)
    assert set(ONE.headers(asked)) <= set(response.headers)


def test_other_origins_may_ask_but_not_post(app: Flask) -> None:
    def status(method: str) -> str:
        asked = environ("https://b.example", method) | {"PATH_INFO": "/x"}
        return environs.respond(app.wsgi_app, asked).status

    assert [status("GET"), status("HEAD"), status("OPTIONS")] == ["200 OK"] * 3
    assert status("POST") == "403 Forbidden"


def test_what_is_open_to_all_stays_so(app: Flask) -> None:
    response = environs.respond(app.wsgi_app, environ("https://b.example") | {"PATH_INFO": "/open"})
    assert [value for name, value in response.headers if name == "Access-Control-Allow-Origin"] == ["*"]
    assert "Vary" not in dict(response.headers)
