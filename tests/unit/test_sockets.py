"""Clients' sockets: one that waits takes no greenlet, and hears of everything that arrives."""

from __future__ import annotations

import gc
import socket
from typing import Any

import pytest
from eventlet.support import greenlets as greenlet

from tests.support.connections import detached_pair, pair, received
from tests.support.greenlets import others_run, run_until
from userstatus import eventloop
from userstatus.sockets import DetachedSocket


def greenlets() -> int:
    """How many there are in this process."""
    gc.collect()
    return sum(isinstance(each, greenlet.greenlet) for each in gc.get_objects())


class Reader:
    """Reads what arrives, `size` bytes at a time."""

    def __init__(self, socket: DetachedSocket, size: int = 100):
        self.socket = socket
        self.size = size
        self.heard: list[bytes] = []
        self.called = 0

    def read(self) -> None:
        self.called += 1
        while (data := self.socket.read(self.size)) is not None:
            self.heard.append(data)
            if not data:
                self.socket.close()
                return


def test_what_arrives_is_read_when_it_does_and_nothing_waits_for_it() -> None:
    with detached_pair() as (ours, theirs):
        reader = Reader(ours)
        before = greenlets()
        ours.when_readable(reader.read)
        assert ours.read(1) is None
        for said in (b"one", b"two"):
            theirs.sendall(said)
            run_until(lambda: said in reader.heard)  # noqa: B023
        others_run()
        assert (reader.heard, reader.called) == ([b"one", b"two"], 2)
        assert greenlets() <= before


def test_whoever_goes_away_is_noticed() -> None:
    with detached_pair() as (ours, theirs):
        reader = Reader(ours)
        ours.when_readable(reader.read)
        theirs.close()
        run_until(lambda: reader.heard == [b""])
        others_run()
        assert reader.called == 1


def test_what_comes_while_it_is_read_is_read_as_well_without_another_call() -> None:
    with detached_pair() as (ours, theirs):
        proceed, heard = eventloop.Event(), list[bytes | None]()

        def read() -> None:
            heard.append(ours.read(3))
            proceed.wait()
            heard.append(ours.read(10))

        ours.when_readable(read)
        theirs.sendall(b"one")
        run_until(lambda: heard == [b"one"])
        theirs.sendall(b"two")
        rounds = eventloop.loop().rounds
        others_run()
        others_run()
        assert eventloop.loop().rounds - rounds < 10, "the loop does not turn without pause"
        proceed.send(None)
        run_until(lambda: heard == [b"one", b"two"])


def test_what_is_left_unread_is_told_again() -> None:
    with detached_pair() as (ours, theirs):
        heard: list[bytes | None] = []
        ours.when_readable(lambda: heard.append(ours.read(1)))
        theirs.sendall(b"abc")
        run_until(lambda: heard == [b"a", b"b", b"c"])


def test_a_write_that_the_kernel_takes_only_in_part_goes_on_when_there_is_room() -> None:
    with detached_pair() as (ours, theirs):
        writing = eventloop.spawn(ours.write_all, b"x" * 1_000_000, 10)
        others_run()
        with pytest.raises(BlockingIOError):
            ours.write(b"y")
        assert received(theirs, 1_000_000) == b"x" * 1_000_000
        writing.wait()
        assert ours.write(b"y") == 1


def test_a_write_waits_for_whoever_reads_nothing_only_so_long() -> None:
    with detached_pair() as (ours, _), pytest.raises(TimeoutError):
        ours.write_all(b"x" * 1_000_000, 0.01)


def test_a_write_ends_with_the_connection() -> None:
    with detached_pair() as (ours, _):
        failed: list[BaseException] = []

        def write() -> None:
            with pytest.raises(OSError) as caught:  # noqa: PT011
                ours.write_all(b"x" * 1_000_000, 10)
            failed.append(caught.value)

        eventloop.spawn(write)
        others_run()
        ours.shutdown(socket.SHUT_RDWR)
        run_until(lambda: failed)


def test_the_descriptor_is_taken_away_and_closed_once() -> None:
    with pair() as (connection, theirs):
        closed: list[str] = []
        ours = DetachedSocket(connection, lambda: closed.append("once"))
        connection.close()
        assert ours.write(b"still there") == 11
        ours.close()
        ours.close()
        assert (received(theirs, 100), closed) == (b"still there", ["once"])


def test_what_goes_wrong_in_the_task_is_reported_and_it_is_called_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with detached_pair() as (ours, theirs):
        heard: list[Any] = []

        def fail() -> None:
            heard.append(ours.read(1))
            raise ValueError(heard)

        ours.when_readable(fail)
        theirs.sendall(b"ab")
        run_until(lambda: heard == [b"a", b"b"])
    others_run()
    assert "ValueError" in caplog.text
