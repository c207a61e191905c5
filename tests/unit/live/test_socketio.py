"""Where this service differs from the Socket.IO libraries, and what it takes for granted of them."""

from __future__ import annotations

import json
import socket
from typing import Any

import engineio
import pytest
from socketio.packet import CONNECT_ERROR, EVENT

from tests.support.connections import everything, pair, received
from tests.support.frames import CLOSE, CONTINUATION, PING, TEXT, frame
from userstatus import green
from userstatus.engine import Packet, WebSocket, refuse
from userstatus.errors import Refusal


def test_the_libraries_are_made_as_the_fast_way_needs_them() -> None:
    assert green.has_seam(engineio.Server(async_mode="eventlet"))


def test_without_it_the_service_goes_the_librarys_own_way() -> None:
    assert not green.has_seam(object())


def test_a_packet_with_binary_attachments_is_refused() -> None:
    with pytest.raises(ValueError, match="binary attachments"):
        Packet(encoded_packet='51-["x",{"_placeholder":true,"num":0}]')
    assert Packet(encoded_packet='2["x",1]').data == ["x", 1]


def test_a_refused_connection_always_says_why() -> None:
    said = Packet(CONNECT_ERROR, data="Unable to connect", namespace="/nowhere").encode()
    assert json.loads(said.removeprefix("4/nowhere,"))["message"].startswith("cannot connect to '/nowhere'")
    assert Packet(EVENT, data=["x"]).encode() == '2["x"]'


def test_a_handshake_that_cannot_be_accepted_is_answered_with_the_version_that_can() -> None:
    started: list[Any] = []
    (body,) = refuse(Refusal("no", status=426), lambda *answer: started.append(answer))
    ((status, headers),) = started
    assert (status, dict(headers)["Sec-WebSocket-Version"]) == ("426 Upgrade Required", "13")
    assert json.loads(body) == {"error": "no"}


def test_messages_are_put_together_and_pings_are_answered_between_them() -> None:
    with pair() as (ours, theirs):
        viewer = WebSocket(ours, 1000)
        theirs.sendall(frame(b"a", TEXT, fin=False) + frame(b"here?", PING) + frame(b"b", CONTINUATION))
        theirs.sendall(frame(b"second"))
        assert [viewer.wait(), viewer.wait()] == ["ab", "second"]
        assert received(theirs, 7) == b"\x8a\x05here?"


def test_a_message_is_sent_as_a_frame() -> None:
    with pair() as (ours, theirs):
        WebSocket(ours, 1000).send("2")
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
        waiting = green.spawn(WebSocket(ours, 1000).wait)
        assert everything(theirs) == answer
        theirs.shutdown(socket.SHUT_WR)
        assert waiting.wait() is None


def test_a_goodbye_is_said_once() -> None:
    with pair() as (ours, theirs):
        viewer = WebSocket(ours, 1000)
        viewer.close()
        viewer.close()
        assert everything(theirs) == b"\x88\x00"
        assert viewer.wait() is None
