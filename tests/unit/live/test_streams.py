"""What all streams have in common: how they begin, are kept alive, listen, and end."""

from __future__ import annotations

import socket
from operator import attrgetter
from typing import Any

import pytest

from tests.support.connections import everything, pair, received
from tests.support.greenlets import run_until
from tests.support.logs import followed
from userstatus import eventloop
from userstatus.errors import Rejection
from userstatus.live import streams
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Position
from userstatus.live.permits import OPEN
from userstatus.live.requests import Watch
from userstatus.live.streams import Stream
from userstatus.message import Cursor


class Plain(Stream):
    """Lines of text, with a message's cursor in the first of its own."""

    kind = "plain"
    encode = attrgetter("event")

    def opening(self) -> bytes:
        return b"HEAD\n"

    def tell(self, what: str, content: dict[str, Any]) -> None:
        self.channel.write(f"{what} {content['sites']}\n".encode())

    def receive(self, data: bytes) -> None:
        self.channel.write(b"heard " + data)

    def heartbeat(self) -> None:
        self.channel.write(b"beat\n")

    def closing_bytes(self, code: int, reason: str) -> bytes:
        return f"end {code} {reason}\n".encode()


def stream(fanout: Fanout, cursor: Cursor | None = None, resumes: bool = False) -> Plain:
    _, follower = followed(fanout)
    return Plain(Watch(["b", "a"], cursor, resumes), None, fanout, follower, OPEN)


def test_a_viewer_that_resumes_is_told_its_position_and_sent_what_it_missed(fanout: Fanout) -> None:
    resuming = stream(fanout, Cursor(4), resumes=True)
    resuming.position = Position(4, gap=False, replaced=False)
    with pair(1 << 20) as (ours, theirs):
        serving = eventloop.spawn(resuming.run, ours)
        run_until(lambda: fanout.load() == (0, 2))
        fanout.disconnect_all(1001, "bye")
        theirs.shutdown(socket.SHUT_WR)
        head, told, *missed, end = everything(theirs).splitlines()
        serving.wait()
    assert (head, told, end) == (b"HEAD", b"subscribed ['a', 'b']", b"end 1001 bye")
    assert [line[:6] for line in missed if line.startswith(b"id")] == [b"id: 5-", b"id: 6-"]


def test_what_a_viewer_says_is_heard_until_it_hangs_up(fanout: Fanout) -> None:
    with pair() as (ours, theirs):
        serving = eventloop.spawn(stream(fanout).run, ours)
        theirs.sendall(b"this\n")
        assert received(theirs, 16) == b"HEAD\nheard this\n"
        theirs.shutdown(socket.SHUT_WR)
        serving.wait()
    assert fanout.channels() == []


def test_a_viewer_that_is_silent_hears_something(fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0.01)
    with pair() as (ours, theirs):
        serving = eventloop.spawn(stream(fanout).run, ours)
        assert received(theirs, 15) == b"HEAD\nbeat\nbeat\n"
        theirs.close()
        serving.wait()


def test_what_it_asks_for_is_rejected_within_the_stream(fanout: Fanout) -> None:
    rejecting = stream(fanout)

    def begin(*_: object) -> None:
        raise Rejection("send fewer")

    rejecting.begin = begin  # type: ignore[method-assign, assignment]
    with pair() as (ours, theirs):
        theirs.shutdown(socket.SHUT_WR)
        rejecting.run(ours)
        assert everything(theirs) == b"HEAD\nend 1008 send fewer\n"


def test_whoever_goes_on_sending_after_the_goodbye_is_not_heard_for_ever(
    fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STOP_LINGER_S", 0.01)
    monkeypatch.setattr(streams, "LINGER_S", 3600)
    with pair() as (ours, theirs):
        serving = eventloop.spawn(stream(fanout).run, ours)
        run_until(lambda: fanout.load() == (0, 2))
        fanout.ending = True
        fanout.disconnect_all(1001, "bye")
        theirs.sendall(b"more\n")
        serving.wait()
        assert b"end 1001 bye\n" in received(theirs, 18)
