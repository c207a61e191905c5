"""Server-sent events: one endless response, in chunks where the client knows them."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from tests.support.connections import detached_pair, everything
from tests.support.greenlets import run_until
from tests.support.logs import followed
from tests.support.messages import stored
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Position
from userstatus.live.permits import OPEN
from userstatus.live.requests import Watch
from userstatus.live.sse import EventStream
from userstatus.message import Cursor


def events(body: bytes) -> list[tuple[str, Any, str]]:
    """(event, data, id) of what came without chunks."""
    found = []
    for each in body.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in each.split("\n"))
        found.append((fields["event"], json.loads(fields["data"]), fields.get("id", "")))
    return found


def streamed(
    fanout: Fanout, watch: Watch, position: Position | None, chunked: bool = False
) -> tuple[bytes, bytes]:
    """Head and body of the response to a viewer that gets one live message of the site a, and then leaves."""
    _, follower = followed(fanout)
    stream = EventStream(watch, position, fanout, follower, OPEN, chunked)
    with detached_pair(1 << 20) as (ours, theirs):
        stream.run(ours, [("X-Of-The-Response", "1")])
        fanout.deliver([stored(7, "live", site="a")])
        fanout.disconnect_all(1001, "the server stops")
        response = everything(theirs)
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: not fanout.channels())
    head, _, body = response.partition(b"\r\n\r\n")
    return head, body


def test_a_viewer_that_resumes_is_told_its_position_then_gets_what_it_missed_then_what_comes(
    fanout: Fanout,
) -> None:
    watch = Watch(["a"], Cursor(3), resumes=True)
    head, body = streamed(fanout, watch, Position(3, gap=False, replaced=False))
    assert b"X-Of-The-Response: 1" in head.split(b"\r\n")
    assert b"Transfer-Encoding" not in head
    assert body.startswith(b"retry: 1000\n")
    subscribed, missed, caughtup, live, closing = events(body)
    assert (subscribed[0], subscribed[1]["sites"], subscribed[2]) == ("subscribed", ["a"], "3")
    assert (missed[0], missed[1]["id"], missed[2]) == ("newlog", 5, str(stored(5).cursor))
    assert (caughtup[0], caughtup[1]["last_id"]) == ("caughtup", 6)
    assert (live[0], live[1]["message"]) == ("newlog", "live")
    assert closing[:2] == ("closing", {"error": "the server stops"})


def test_a_viewer_without_a_cursor_is_given_one_to_come_back_with(fanout: Fanout) -> None:
    _, body = streamed(fanout, Watch(["a"], None, resumes=False), None)
    assert [(event, id) for event, _, id in events(body)] == [
        ("subscribed", str(stored(6).cursor)),
        ("newlog", str(stored(7).cursor)),
        ("closing", ""),
    ]


def test_every_event_is_a_chunk_and_the_response_has_an_end(fanout: Fanout) -> None:
    head, body = streamed(fanout, Watch(["a"], None, resumes=False), None, chunked=True)
    assert b"\r\nTransfer-Encoding: chunked" in head
    pieces = []
    while body:
        size, _, body = body.partition(b"\r\n")
        piece, body = body[: int(size, 16)], body[int(size, 16) + 2 :]
        pieces.append(piece)
    assert [piece[-2:] for piece in pieces] == [b"\n\n"] * 3 + [b""]


def test_a_viewer_that_has_left_is_forgotten(fanout: Fanout) -> None:
    streamed(fanout, Watch(["a"], None, resumes=False), None)
    assert (fanout.channels(), fanout.load()) == ([], (0, 0))


def test_too_many_sites_are_told_and_end_the_stream(fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("userstatus.live.subscriptions.MAX_SITES", 1)
    _, body = streamed(fanout, Watch(["a", "b"], None, resumes=False), None)
    assert [event for event, *_ in events(body)] == ["subscribed", "closing"]
    assert "more than 1 sites" in events(body)[-1][1]["error"]
