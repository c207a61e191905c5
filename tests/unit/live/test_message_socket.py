"""The WebSocket that Engine.IO is given: messages are waited for, sent, and said on_stop to."""

from __future__ import annotations

import socket

import pytest

from tests.support.connections import everything, pair, received
from tests.support.frames import CLOSE, CONTINUATION, PING, TEXT, frame
from tests.support.greenlets import run_until
from userstatus import eventloop
from userstatus.live import frames
from userstatus.live.message_socket import MessageSocket


def test_messages_are_put_together_and_pings_are_answered_between_them() -> None:
    with pair() as (ours, theirs):
        viewer = MessageSocket(ours, 1000)
        theirs.sendall(frame(b"a", TEXT, fin=False) + frame(b"here?", PING) + frame(b"b", CONTINUATION))
        theirs.sendall(frame(b"second"))
        assert [viewer.wait(), viewer.wait()] == ["ab", "second"]
        assert received(theirs, 7) == b"\x8a\x05here?"


def test_a_message_is_sent_as_a_frame() -> None:
    with pair() as (ours, theirs):
        MessageSocket(ours, 1000).send("2")
        assert received(theirs, 3) == b"\x81\x012"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (frame(b"\x03\xe8", CLOSE), b"\x88\x02\x03\xe8"),
        (frame(b"x" * 1001), b"\x88\x23\x03\xf1send at most 1000 bytes at a time"),
    ],
    ids=["a goodbye", "too much"],
)
def test_a_conversation_ends_with_a_close_frame(said: bytes, answer: bytes) -> None:
    with pair() as (ours, theirs):
        theirs.sendall(said)
        waiting = eventloop.spawn(MessageSocket(ours, 1000).wait)
        assert everything(theirs) == answer
        theirs.shutdown(socket.SHUT_WR)
        assert waiting.wait() is None


@pytest.mark.parametrize("leaves", [True, False])
def test_a_viewer_that_leaves_is_told_from_one_that_is_silent(leaves: bool) -> None:
    with pair() as (ours, theirs):
        viewer = MessageSocket(ours, 1000)
        ours.settimeout(0.01)
        if leaves:
            theirs.shutdown(socket.SHUT_WR)
        assert viewer.wait() is None
        assert viewer.timed_out is not leaves


def test_a_goodbye_is_said_once() -> None:
    with pair() as (ours, theirs):
        viewer = MessageSocket(ours, 1000)
        viewer.close()
        viewer.close()
        assert everything(theirs) == b"\x88\x00"
        assert viewer.wait() is None


def test_a_goodbye_is_not_said_within_a_frame() -> None:
    with pair() as (ours, theirs):
        viewer = MessageSocket(ours, 1000)
        with viewer.lock:
            viewer.close()
        assert everything(theirs) == b""


def test_a_frame_that_would_have_to_wait_is_not_sent() -> None:
    with pair() as (ours, theirs):
        viewer = MessageSocket(ours, 1000)
        large = frames.frame("x" * 1_000_000)
        assert viewer.send_nowait(large), "as a part of it was taken"
        assert not viewer.lock.is_free
        assert not MessageSocket(ours, 1000).send_nowait(b"more")
        assert received(theirs, len(large)) == large
        run_until(lambda: viewer.lock.is_free)


def test_a_broken_connection_counts_as_sent_to() -> None:
    with pair() as (ours, theirs):
        theirs.close()
        assert MessageSocket(ours, 1000).send_nowait(b"x")
        assert MessageSocket(ours, 1000).wait() is None
