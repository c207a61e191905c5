"""Which pages on other hosts may talk to the service, and the headers that tell their browsers."""

from __future__ import annotations

import pytest

from userstatus import cors
from userstatus.errors import Refusal

ORIGINS = ("https://a.example",)


def environ(origin: str | None = None, method: str = "GET", **others: str) -> dict[str, str]:
    found = {"REQUEST_METHOD": method, "wsgi.url_scheme": "http", "HTTP_HOST": "Here:8080", **others}
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
def test_programs_and_named_pages_and_our_own_may_connect(origin: str | None, allowed: bool) -> None:
    assert cors.allows(ORIGINS)(origin, environ()) is allowed
    assert cors.allows(("*",))(origin, environ())


def test_what_others_may_not_do_is_refused_with_the_setting_to_change() -> None:
    check = cors.guard(ORIGINS)
    check(environ("https://a.example"))
    with pytest.raises(Refusal, match="CORS_ORIGINS") as refusal:
        check(environ("https://b.example"))
    assert refusal.value.status == 403


def test_an_answer_names_the_origin_that_asked_only_if_it_may_read() -> None:
    def granted(origin: str) -> dict[str, str]:
        return dict(cors.headers(ORIGINS)(environ(origin)))

    assert granted("https://a.example")["Access-Control-Allow-Origin"] == "https://a.example"
    assert granted("https://b.example") == {"Vary": "Origin"}
    everybody = dict(cors.headers(("*",))(environ("https://b.example")))
    assert everybody["Access-Control-Allow-Origin"] == "*"
    assert "Vary" not in everybody


def test_a_preflight_is_granted_the_headers_that_it_asks_for() -> None:
    asked = environ("https://b.example", "OPTIONS", HTTP_ACCESS_CONTROL_REQUEST_HEADERS="x-a, x-b")
    assert dict(cors.headers(("*",))(asked))["Access-Control-Allow-Headers"] == "x-a, x-b"
    assert "Access-Control-Allow-Headers" not in dict(cors.headers(("*",))(environ()))
