"""Channels: a message is written at once, or waits in order and within a bound."""

from __future__ import annotations

import socket
from contextlib import suppress
from operator import attrgetter

import pytest

from tests.support.connections import detached_pair, everything, received
from tests.support.greenlets import run_until
from tests.support.messages import stored
from userstatus import eventloop
from userstatus.live import channels as module
from userstatus.live.channels import GATHERED_BYTES, StreamChannel, WaitingChannel
from userstatus.live.encodings import EncodedMessage
from userstatus.sockets import DetachedSocket
from userstatus.web.parameters import read_query

LARGE = b"a" * 500_000  # more than the kernel takes
BOUND = 1_000_000


class Viewer:
    """The other end of a channel: what it has sent, and whether it has left."""

    kind = "ws"
    encode = attrgetter("websocket")
    linger = 3600.0

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self.has_left = False

    def closing_bytes(self, code: int, reason: str) -> bytes:
        return f"[{code} {reason}]".encode()

    def receive(self, data: bytes) -> None:
        if data == b"fail":
            raise ValueError(data)
        self.said.append(data)

    def left(self) -> None:
        self.has_left = True


def stream(socket: DetachedSocket, bound: int = BOUND, viewer: Viewer | None = None) -> StreamChannel:
    return StreamChannel(socket, bound, viewer or Viewer())


def test_what_fits_into_the_socket_is_sent_at_once() -> None:
    with detached_pair() as (ours, theirs):
        channel, encoded = stream(ours), EncodedMessage(stored(1))
        channel.take(encoded)
        assert channel.size == 0
        assert received(theirs, len(encoded.websocket)) == encoded.websocket


def test_what_does_not_fit_waits_and_follows_in_order() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        channel.write(LARGE)
        for piece in (b"b", b"c", b"d"):
            channel.write(piece)
        assert channel.size > 400_000
        assert received(theirs, len(LARGE) + 3) == LARGE + b"bcd"
        eventloop.spawn(lambda: None).wait()
        assert (channel.size, channel.open) == (0, True)
        channel.write(b"e")
        assert received(theirs, 1) == b"e"


def test_what_is_gathered_is_sent_as_one_piece_unless_it_is_long() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        with channel.gathering():
            channel.write(b"a")
            channel.write(b"b")
            theirs.setblocking(False)
            with pytest.raises(BlockingIOError):
                theirs.recv(1)
            channel.write(b"c" * GATHERED_BYTES)
            assert theirs.recv(3) == b"abc"
            channel.write(b"d")
        theirs.settimeout(10)
        assert received(theirs, GATHERED_BYTES) == b"c" * (GATHERED_BYTES - 1) + b"d"


def test_what_is_gathered_is_not_held_back_by_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GATHER_S", 0.01)
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        with channel.gathering():
            channel.write(b"head")
            assert received(theirs, 4) == b"head"
            channel.write(b" and more")
            assert received(theirs, 9) == b" and more"


def test_nothing_that_is_gathered_follows_the_end() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        channel.write(LARGE)
        with channel.gathering():
            channel.write(b"gathered")
            channel.disconnect()
        assert everything(theirs).endswith(b"[1013 too much waits to be read: resume with after_id]")


def test_what_is_gathered_is_sent_before_the_end() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        with channel.gathering():
            channel.write(b"a")
            channel.end(1001, "bye")
        assert everything(theirs) == b"a[1001 bye]"


def test_what_comes_while_the_kernel_takes_nothing_is_not_lost() -> None:
    with detached_pair() as (ours, theirs):
        size = 0
        with suppress(BlockingIOError):
            while True:
                size += ours.write(b"a" * 1000)
        channel = stream(ours)
        channel.write(b"b")
        assert received(theirs, size + 1) == b"a" * size + b"b"


def test_a_viewer_that_lets_too_much_wait_gets_what_has_begun_and_is_told_why() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        for _ in range(3):
            channel.write(LARGE)
        assert (channel.open, channel.size) == (False, 0)
        channel.write(b"too late")
        told = b"[1013 too much waits to be read: resume with after_id]"
        assert everything(theirs) == LARGE + told


def test_an_end_comes_after_all_that_waits() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        channel.write(LARGE)
        channel.end(1001, "the server stops")
        channel.end(1001, "twice")
        assert not channel.open
        assert everything(theirs) == LARGE + b"[1001 the server stops]"


def test_a_viewer_of_too_much_that_reads_is_told_so() -> None:
    with detached_pair() as (ours, theirs):
        stream(ours).disconnect()
        assert b"too many are watching too much" in everything(theirs)


def test_nothing_is_written_to_a_viewer_that_has_gone() -> None:
    with detached_pair() as (ours, theirs):
        channel = stream(ours)
        theirs.close()
        channel.write(b"x")
        assert not channel.open


def test_what_a_viewer_sends_is_passed_on_until_it_hangs_up() -> None:
    with detached_pair() as (ours, theirs):
        viewer = Viewer()
        channel = stream(ours, viewer=viewer)
        theirs.sendall(b"early")
        channel.listen()
        run_until(lambda: viewer.said == [b"early"])
        theirs.sendall(b"late")
        run_until(lambda: viewer.said == [b"early", b"late"])
        assert not viewer.has_left
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: viewer.has_left)
        assert (channel.open, channel.over) == (False, True)


def test_what_a_viewer_sends_after_its_goodbye_is_discarded_until_it_hangs_up() -> None:
    with detached_pair() as (ours, theirs):
        viewer = Viewer()
        channel = stream(ours, viewer=viewer)
        channel.listen()
        channel.end(1001, "bye")
        theirs.sendall(b"too late")
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: viewer.has_left)
        assert (viewer.said, everything(theirs)) == ([], b"[1001 bye]")


@pytest.mark.parametrize("reads", [True, False])
def test_a_viewer_that_does_not_hang_up_is_not_waited_for(reads: bool) -> None:
    with detached_pair() as (ours, theirs):
        viewer = Viewer()
        viewer.linger = 0.01
        channel = stream(ours, viewer=viewer)
        channel.listen()
        channel.write(b"a" if reads else LARGE)
        channel.end(1001, "bye")
        run_until(lambda: viewer.has_left)
        assert everything(theirs).startswith(b"a")


def test_what_goes_wrong_with_one_viewer_ends_its_connection_alone(caplog: pytest.LogCaptureFixture) -> None:
    with detached_pair() as (ours, theirs):
        viewer = Viewer()
        stream(ours, viewer=viewer).listen()
        theirs.sendall(b"fail")
        run_until(lambda: viewer.has_left)
        assert everything(theirs) == b""
    assert "a viewer's connection failed" in caplog.text


def waiting(bound: int = 1000, **parameters: str) -> WaitingChannel:
    return WaitingChannel(read_query({"site": "tst", **parameters}, now=0), bound)


def texts(channel: WaitingChannel) -> list[str]:
    return [message.message for message in channel.found]


def test_a_request_wakes_for_the_first_message_that_it_asks_for() -> None:
    channel = waiting(log_level="error")
    channel.take(EncodedMessage(stored(1)))
    assert not channel.arrived.is_set()
    channel.take(EncodedMessage(stored(2, "bad", log_level="error")))
    assert (channel.arrived.is_set(), texts(channel)) == (True, ["bad"])


def test_of_more_than_it_asks_for_it_gets_the_newest_and_is_told() -> None:
    channel = waiting(limit="2")
    for id in (1, 2):
        channel.take(EncodedMessage(stored(id, str(id))))
    assert (texts(channel), channel.truncated) == (["1", "2"], False)
    channel.take(EncodedMessage(stored(3, "3")))
    assert (texts(channel), channel.truncated) == (["2", "3"], True)


def test_if_it_wants_the_oldest_of_them_it_gets_those_and_none_behind_one_left_out() -> None:
    channel = waiting(limit="2", order="oldest")
    for id in (1, 2, 3):
        channel.take(EncodedMessage(stored(id, str(id))))
    assert (texts(channel), channel.truncated) == (["1", "2"], True)
    channel = waiting(bound=10, order="oldest")
    for id, text in enumerate(("1234", "1234567", "12"), 1):
        channel.take(EncodedMessage(stored(id, text)))
    assert (texts(channel), channel.truncated) == (["1234"], True)


def test_no_more_characters_wait_than_a_response_may_have() -> None:
    channel = waiting(bound=10)
    for id, text in enumerate(("123456", "1234", "56789"), 1):
        channel.take(EncodedMessage(stored(id, text)))
    assert (texts(channel), channel.truncated) == (["1234", "56789"], True)


def test_what_the_database_is_asked_for_is_not_kept_twice() -> None:
    channel = waiting(limit="1")
    for id in (1, 2):
        channel.take(EncodedMessage(stored(id)))
    channel.begin(up_to_id=2)
    assert (texts(channel), channel.truncated, channel.arrived.is_set()) == ([], False, False)
    channel.take(EncodedMessage(stored(3)))
    assert [message.id for message in channel.found] == [3]


def test_a_request_gets_what_there_is_when_the_server_stops() -> None:
    channel = waiting()
    channel.end(1001, "")
    channel.begin(up_to_id=0)
    assert (channel.open, channel.arrived.is_set()) == (False, True)
