"""POST /newlog without Flask: the same responses and the same rejections, faster."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.doors import access
from tests.support.environs import Received, newlog, respond
from userstatus import eventloop
from userstatus.duty.config import NOTHING
from userstatus.duty.duty import Duty
from userstatus.errors import Unavailable
from userstatus.message import MAX_BODY_BYTES
from userstatus.service import Service
from userstatus.settings import Settings
from userstatus.web.cors import Origins
from userstatus.web.fast_path import FastPath
from userstatus.web.ingest import Ingest
from userstatus.web.limits import Limits

MESSAGE = {"site": "tst", "log_message": "x"}
FORM = "application/x-www-form-urlencoded"


class Journal:
    """A journal that numbers messages from 1, or fails with an error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.messages: list[Any] = []

    def append(self, messages: list[Any]) -> list[int]:
        if self.error is not None:
            raise self.error
        self.messages += messages
        return [len(self.messages)] if len(messages) == 1 else list(range(1, len(messages) + 1))


class Behind:
    """A fast path, and the application behind it."""

    def __init__(self) -> None:
        self.arrived: list[dict[str, Any]] = []
        self.journal = Journal()
        ingest = Ingest(cast(Any, self.journal), access(), Limits(None, None), Duty(NOTHING))
        self.path = FastPath(self.application, ingest, Origins(("*",)))

    def application(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.arrived.append(environ)
        start_response("200 OK", [])
        return [b"slowly"]


def test_the_fast_path_responds_to_a_post_by_itself() -> None:
    behind = Behind()
    asked = newlog(MESSAGE)
    status, headers, body = respond(behind.path, asked)
    assert (status, body, behind.arrived) == ("200 OK", b'{"id":1,"warnings":[]}', [])
    expected = [
        ("Content-Type", "application/json"),
        ("Content-Length", "22"),
        *behind.path.origins.headers(asked),
    ]
    assert headers == sorted(expected)
    assert [each.message for each in behind.journal.messages] == ["x"]


@pytest.mark.parametrize(
    "others", [{"method": "OPTIONS"}, {"method": "GET"}, {"path": "/other"}, {"path": "/newlog/"}]
)
def test_everything_else_goes_its_way(others: dict[str, str]) -> None:
    behind = Behind()
    asked = newlog(MESSAGE, **others)
    assert respond(behind.path, asked).body == b"slowly"
    assert (behind.arrived, behind.journal.messages) == ([asked], [])


@pytest.mark.parametrize(
    ("others", "yielded"),
    [({"path": "/sites"}, 1), ({"path": "/ws", "HTTP_UPGRADE": "websocket"}, 0), ({}, 0)],
    ids=["another request", "an upgrade", "a post"],
)
def test_posts_and_upgrades_go_before_all_others(
    others: dict[str, str], yielded: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    yields: list[bool] = []
    monkeypatch.setattr(eventloop, "yield_if_due", lambda: yields.append(True))
    respond(Behind().path, newlog(MESSAGE, **others))
    assert len(yields) == yielded


@pytest.fixture
def both_ways(tmp_path: Path) -> Callable[[Callable[[], dict[str, Any]], Exception | None], list[Received]]:
    """The responses to the same request on the fast path and by Flask's route, each from an empty log."""
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "CORS_ORIGINS": "https://a.example"}
    service = Service(Settings.from_environ(environ), "prod")

    def responses(asked: Callable[[], dict[str, Any]], error: Exception | None) -> list[Received]:
        found = []
        for application in (service.wsgi.application, service.app.wsgi_app):
            service.ingest.journal = cast(Any, Journal(error))
            found.append(respond(application, asked()))
        return found

    return responses


@pytest.mark.parametrize(
    ("asked", "error", "status"),
    [
        pytest.param(lambda: newlog(MESSAGE), None, "200 OK", id="a message"),
        pytest.param(lambda: newlog([MESSAGE] * 2), None, "200 OK", id="an array"),
        pytest.param(lambda: newlog({**MESSAGE, "log_level": "loud"}), None, "200 OK", id="a correction"),
        pytest.param(
            lambda: newlog(MESSAGE, HTTP_ORIGIN="https://a.example"), None, "200 OK", id="an origin"
        ),
        pytest.param(
            lambda: newlog(MESSAGE, HTTP_ORIGIN="https://b.example"),
            None,
            "403 Forbidden",
            id="another origin",
        ),
        pytest.param(lambda: newlog({"site": "°"}), None, "400 Bad Request", id="an odd site"),
        pytest.param(lambda: newlog(b"site=tst", CONTENT_TYPE=FORM), None, "400 Bad Request", id="a form"),
        pytest.param(lambda: newlog(b"{"), None, "400 Bad Request", id="half of JSON"),
        pytest.param(
            lambda: newlog(MESSAGE, CONTENT_LENGTH="99"), None, "408 Request Timeout", id="half a body"
        ),
        pytest.param(
            lambda: newlog(b" " * (MAX_BODY_BYTES + 1)),
            None,
            "413 Request Entity Too Large",
            id="a long body",
        ),
        pytest.param(
            lambda: newlog(gzip.compress(b"{}"), HTTP_CONTENT_ENCODING="br"),
            None,
            "415 Unsupported Media Type",
            id="an unknown encoding",
        ),
        pytest.param(
            lambda: newlog(MESSAGE),
            Unavailable("the disk is full"),
            "503 Service Unavailable",
            id="no database",
        ),
        pytest.param(
            lambda: newlog(MESSAGE), RuntimeError("a bug"), "500 Internal Server Error", id="a failure"
        ),
    ],
)
def test_responses_and_rejections_are_the_same_as_by_flasks_route(
    both_ways: Callable[..., list[Received]],
    asked: Callable[[], dict[str, Any]],
    error: Exception | None,
    status: str,
) -> None:
    fast, slow = both_ways(asked, error)
    assert fast == slow
    assert fast.status == status


@pytest.mark.parametrize(
    "asked", [lambda: newlog(MESSAGE, CONTENT_LENGTH="99"), lambda: newlog({"site": "°"})]
)
def test_both_leave_the_same_in_the_log(
    both_ways: Callable[..., list[Received]],
    asked: Callable[[], dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    both_ways(asked, None)
    fast, slow = caplog.messages
    assert fast == slow
