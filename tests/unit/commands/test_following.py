"""Following a log through losses of the connection, as a server may cause them."""

from __future__ import annotations

import json
import threading
from itertools import islice

import pytest

from tests.support.canned import Canned, Request, answering
from userstatus.commands import following
from userstatus.commands.following import Following
from userstatus.commands.http_reader import RequestFailed, Server

STREAM = (("Content-Type", "text/event-stream; charset=utf-8"),)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MIN_PAUSE_S", 0.01)


def event(kind: str, content: dict[str, object], cursor: str = "") -> str:
    id_line = f"id: {cursor}\n" if cursor else ""
    return f"{id_line}event: {kind}\ndata: {json.dumps(content)}\n\n"


def newlog(id: int) -> str:
    fields = {"site": "tst", "message": "x", "log_level": "info", "timestamp": "17", "received_at": 1.5}
    return event("newlog", {"id": id, "cursor": f"{id}-1", **fields}, f"{id}-1")


def stream(*parts: str, **status: object) -> Canned:
    return Canned(200, (event("subscribed", status) + "".join(parts)).encode(), STREAM)


def followed(answers: list[Canned], number: int) -> tuple[list[int], list[str]]:
    """The ids of that many messages, and the cursors that were sent."""
    cursors: list[str] = []

    def respond(request: Request) -> Canned:
        cursors.append(request.headers["last-event-id"])
        return answers[min(len(cursors), len(answers)) - 1]

    with answering(respond) as url:
        found = list(islice(Following(Server(url), "tst", "0-1").messages(), number))
    assert all(message["timestamp"] == 17 for message in found)
    return [message["id"] for message in found], cursors


def test_it_connects_again_with_the_cursor_of_what_it_has_seen(capsys: pytest.CaptureFixture[str]) -> None:
    cut = newlog(3)[:-9]  # in the middle of an event
    answers = [
        stream(newlog(1), newlog(2), cut),
        Canned(502),
        stream(newlog(3), event("caughtup", {}, "7-1"), event("closing", {"error": "the server stops"})),
        stream(newlog(8)),
    ]
    assert followed(answers, 4) == ([1, 2, 3, 8], ["0-1", "2-1", "2-1", "7-1"])
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(" (")[2] or line for line in told] == [
        "it was closed); connecting again",
        "userstatus: connected again; nothing was missed",
        "the server stops); connecting again",
        "userstatus: connected again; nothing was missed",
    ]


def test_a_gap_and_another_log_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    followed([stream(newlog(1)), stream(newlog(9), gap=True, replaced=True)], 2)
    told = capsys.readouterr().err
    assert "connected again, but some of the missed messages are no longer available" in told
    assert "the server's log was replaced" in told


@pytest.mark.parametrize(
    "first", [Canned(404, b"{}"), Canned(200, b"<html>"), Canned(403, b'{"error": "no"}')]
)
def test_what_does_not_work_at_first_ends_it(first: Canned) -> None:
    with pytest.raises(RequestFailed):
        followed([first], 1)


def test_a_server_that_is_busy_at_first_is_asked_again() -> None:
    assert followed([Canned(503, b"{}"), stream(newlog(1))], 1) == ([1], ["0-1", "0-1"])


def test_what_a_server_says_no_to_ends_it_later_too() -> None:
    with pytest.raises(RequestFailed, match="401 revoked"):
        followed([stream(newlog(1)), Canned(404), Canned(401, b'{"error": "revoked"}')], 2)


def test_a_server_that_is_silent_for_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SILENCE_S", 0.2)
    asked: list[Request] = []
    found = threading.Event()

    def respond(request: Request) -> Canned:
        asked.append(request)
        if len(asked) == 2:
            found.wait(30)
        return stream(newlog(len(asked)))

    with answering(respond) as url:
        messages = Following(Server(url), "tst", "0-1").messages()
        assert [message["id"] for message in islice(messages, 2)] == [1, 3]
        found.set()
