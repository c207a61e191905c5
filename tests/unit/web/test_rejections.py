"""Errors of any kind: what the client is told, and what the log says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, Response, abort
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from tests.support.environs import ID, Received, environ, respond
from userstatus.errors import Rejection, Unavailable
from userstatus.web import rejections


def test_a_rejection_is_for_the_client_and_its_reason_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    unavailable = Unavailable("the disk is full")
    assert rejections.of(unavailable, environ("/newlog", "POST", SCRIPT_NAME="/dev")) is unavailable
    assert caplog.messages == ["rejected POST /dev/newlog from 192.0.2.1: the disk is full"]
    assert [(each.levelname, each.exc_info) for each in caplog.records] == [("WARNING", None)]


def test_the_log_is_told_of_a_request_without_its_query() -> None:
    told = rejections.about(environ("/events", SCRIPT_NAME="/dev", QUERY_STRING="key=us_x"), 401)
    assert told[:5] == ("192.0.2.1", ID, "GET", "/dev/events", 401)
    assert (told.duration or 0) > 0


def test_any_other_error_is_a_500_whose_cause_only_the_log_knows(caplog: pytest.LogCaptureFixture) -> None:
    error = RuntimeError("the password is x")
    rejection = rejections.of(error, environ("/sites"))
    assert (rejection.status, rejection.error) == (500, "the server failed to do this, its log says why")
    (record,) = caplog.records
    assert (record.levelname, record.getMessage()) == ("ERROR", "GET /sites failed")
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_a_path_is_the_one_that_the_client_asked_for() -> None:
    assert rejections.path({"SCRIPT_NAME": "/dev", "PATH_INFO": "/newlog"}) == "/dev/newlog"
    assert rejections.path({"SCRIPT_NAME": "", "PATH_INFO": "/newlog"}) == "/newlog"
    assert rejections.path({"PATH_INFO": "/"}) == "/"
    assert rejections.path({"PATH_INFO": "/wätch".encode().decode("latin-1")}) == "/wätch"
    assert rejections.path({"PATH_INFO": "/a\u202eb\n".encode().decode("latin-1")}) == "/a%E2%80%AEb%0A"


def rejected() -> str:
    raise Rejection("site is missing: send one", "site")


def away() -> str:
    raise Unavailable("the disk is full")


def failed() -> str:
    raise RuntimeError("the password is x")


def upgrade() -> str:
    raise Rejection("this is a WebSocket", status=426)


def response(path: str, method: str = "GET", **others: Any) -> Received:
    """The response of an application that is full of errors."""
    app = Flask("test", static_folder=None)
    for view in (rejected, away, failed, upgrade):
        app.get(f"/{view.__name__}")(view)
    app.add_url_rule("/posted", view_func=rejected, endpoint="posted", methods=["POST", "PUT"])
    app.add_url_rule("/gone", view_func=lambda: abort(410, "it is gone: look elsewhere"), endpoint="gone")
    rejections.install(app, lambda rejection: Response(f"<p>{rejection.error}", rejection.status))
    return respond(app.wsgi_app, environ(path, method, **others))


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        ("/rejected", "400 Bad Request", {"error": "site is missing: send one", "field": "site"}),
        ("/away", "503 Service Unavailable", {"error": "the database does not answer: try again"}),
        (
            "/failed",
            "500 Internal Server Error",
            {"error": "the server failed to do this, its log says why"},
        ),
        ("/gone", "410 Gone", {"error": "it is gone: look elsewhere"}),
        (
            "/dev/x",
            "404 Not Found",
            {"error": f"nothing is served at /dev/x: see {rejections.SERVED}"},
        ),
    ],
)
def test_every_error_has_the_same_shape(path: str, status: str, content: dict[str, str]) -> None:
    found = response(path)
    assert (found.status.lower(), json.loads(found.body)) == (status.lower(), content)
    headers = dict(found.headers)
    assert (headers["Content-Type"], headers["Content-Length"]) == ("application/json", str(len(found.body)))


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("application/json;q=0.5, text/html;q=0.6", True),
        ("", False),
        ("*/*", False),
        ("application/json, text/plain, */*", False),
        ("text/html, application/json", False),
        ("text/event-stream", False),
        ("text/html;q=x, ,;;q=2,/", False),
    ],
)
def test_a_page_is_for_clients_that_prefer_html(accept: str, is_page: bool) -> None:
    assert rejections.prefers_html(parse_accept_header(accept, MIMEAccept)) is is_page
    headers = response("/rejected", HTTP_ACCEPT=accept).headers
    assert dict(headers)["Content-Type"].startswith("text/html" if is_page else "application/json")
    assert ("Vary", "Accept") in headers


@pytest.mark.parametrize(
    ("path", "status", "header"),
    [
        ("/x", "404", None),
        ("/rejected", "400", None),
        ("/posted", "405", ("Allow", "OPTIONS, POST, PUT")),
        ("/away", "503", ("Retry-After", "2")),
        ("/upgrade", "426", ("Sec-WebSocket-Version", "13")),
        ("/failed", "500", None),
        ("/gone", "410", None),
    ],
)
def test_a_page_has_the_status_and_the_headers_of_the_rejection_and_says_the_same(
    path: str, status: str, header: tuple[str, str] | None
) -> None:
    found, as_json = response(path, HTTP_ACCEPT=BROWSER), response(path)
    assert found.status.startswith(status)
    assert found.body.decode() == f"<p>{json.loads(as_json.body)['error']}"
    assert header is None or header in found.headers
    assert dict(found.headers)["Content-Length"] == str(len(found.body))


def test_whoever_sends_something_is_told_in_json_what_is_wrong_with_it() -> None:
    for method in ("POST", "PUT", "DELETE"):
        headers = dict(response("/posted", method, HTTP_ACCEPT=BROWSER).headers)
        assert (headers["Content-Type"], "Vary" in headers) == ("application/json", False)


def test_what_may_be_tried_again_says_when() -> None:
    assert dict(response("/away").headers)["Retry-After"] == "2"
    assert "Retry-After" not in dict(response("/rejected").headers)


def test_a_wrong_method_is_told_the_right_ones() -> None:
    found = response("/posted", "DELETE", SCRIPT_NAME="/dev")
    assert found.status == "405 Method Not Allowed"
    assert dict(found.headers)["Allow"] == "OPTIONS, POST, PUT"
    assert json.loads(found.body) == {"error": "/dev/posted does not take DELETE: use OPTIONS, POST, PUT"}


def test_what_is_not_served_is_named_with_the_prefix_of_its_stage() -> None:
    error = json.loads(response("/x", SCRIPT_NAME="/dev").body)["error"]
    assert error.startswith("nothing is served at /dev/x: see /, ")


def test_what_flask_rejects_by_itself_is_not_an_error_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    response("/x")
    response("/posted", "DELETE")
    response("/gone")
    assert caplog.messages == []
