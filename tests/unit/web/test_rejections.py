"""Errors of any kind: what the client is told, and what the log says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, abort

from tests.support.environs import Received, environ, respond
from userstatus.errors import Rejection, Unavailable
from userstatus.web import rejections


def test_a_rejection_is_for_the_client_and_its_reason_for_the_log(caplog: pytest.LogCaptureFixture) -> None:
    unavailable = Unavailable("the disk is full")
    assert rejections.of(unavailable, environ("/newlog", "POST", SCRIPT_NAME="/dev")) is unavailable
    assert caplog.messages == ["rejected POST /dev/newlog from 192.0.2.1: the disk is full"]
    assert [(each.levelname, each.exc_info) for each in caplog.records] == [("WARNING", None)]


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


def rejected() -> str:
    raise Rejection("site is missing: send one", "site")


def away() -> str:
    raise Unavailable("the disk is full")


def failed() -> str:
    raise RuntimeError("the password is x")


def response(path: str, method: str = "GET", **others: Any) -> Received:
    """The response of an application that is full of errors."""
    app = Flask("test", static_folder=None)
    for view in (rejected, away, failed):
        app.get(f"/{view.__name__}")(view)
    app.add_url_rule("/posted", view_func=rejected, endpoint="posted", methods=["POST", "PUT"])
    app.add_url_rule("/gone", view_func=lambda: abort(410, "it is gone: look elsewhere"), endpoint="gone")
    rejections.install(app)
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
