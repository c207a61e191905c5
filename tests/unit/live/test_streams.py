"""What all streams have in common: how they begin, are kept alive, listen, and end."""

from __future__ import annotations

import socket
from operator import attrgetter
from typing import Any

import pytest

from tests.support.connections import detached_pair, everything, received
from tests.support.greenlets import run_until
from tests.support.logs import followed
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

    def opening(self, headers: list[tuple[str, str]]) -> bytes:
        return b"HEAD\n" + b"".join(name.encode() for name, _ in headers)

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
    with detached_pair(1 << 20) as (ours, theirs):
        resuming.run(ours, [])
        assert fanout.load() == (0, 2)
        fanout.disconnect_all(1001, "bye")
        theirs.shutdown(socket.SHUT_WR)
        head, told, *missed, end = everything(theirs).splitlines()
        run_until(lambda: not fanout.channels())
    assert (head, told, end) == (b"HEAD", b"subscribed ['a', 'b']", b"end 1001 bye")
    assert [line[:6] for line in missed if line.startswith(b"id")] == [b"id: 5-", b"id: 6-"]


def test_what_a_viewer_says_is_heard_until_it_hangs_up(fanout: Fanout) -> None:
    with detached_pair() as (ours, theirs):
        stream(fanout).run(ours, [])
        theirs.sendall(b"this\n")
        assert received(theirs, 16) == b"HEAD\nheard this\n"
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: not fanout.channels())


def test_a_viewer_hears_something_from_time_to_time(fanout: Fanout) -> None:
    fanout.heartbeats.interval = 0.01
    with detached_pair() as (ours, theirs):
        stream(fanout).run(ours, [])
        assert received(theirs, 15) == b"HEAD\nbeat\nbeat\n"
        theirs.close()
        run_until(lambda: not fanout.channels())


def test_what_it_asks_for_is_rejected_within_the_stream(fanout: Fanout) -> None:
    rejecting = stream(fanout)

    def begin(*_: object) -> None:
        raise Rejection("send fewer")

    rejecting.begin = begin  # type: ignore[method-assign, assignment]
    with detached_pair() as (ours, theirs):
        theirs.shutdown(socket.SHUT_WR)
        rejecting.run(ours, [])
        assert everything(theirs) == b"HEAD\nend 1008 send fewer\n"


def test_whoever_goes_on_sending_after_the_goodbye_is_not_heard_for_ever(
    fanout: Fanout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "STOP_LINGER_S", 0.01)
    monkeypatch.setattr(streams, "LINGER_S", 3600)
    with detached_pair() as (ours, theirs):
        stream(fanout).run(ours, [])
        fanout.ending = True
        fanout.disconnect_all(1001, "bye")
        theirs.sendall(b"more\n")
        run_until(lambda: not fanout.channels())
        assert b"end 1001 bye\n" in received(theirs, 18)
