"""Where packets differ from the Socket.IO library's."""

from __future__ import annotations

import json

import pytest
from socketio.packet import CONNECT_ERROR, EVENT

from userstatus.live.packets import Packet


def test_a_packet_with_binary_attachments_is_rejected() -> None:
    with pytest.raises(ValueError, match="binary attachments"):
        Packet(encoded_packet='51-["x",{"_placeholder":true,"num":0}]')
    assert Packet(encoded_packet='2["x",1]').data == ["x", 1]


def test_a_rejected_connection_always_says_why() -> None:
    said = Packet(CONNECT_ERROR, data="Unable to connect", namespace="/nowhere").encode()
    assert json.loads(said.removeprefix("4/nowhere,"))["message"].startswith("cannot connect to '/nowhere'")
    assert Packet(EVENT, data=["x"]).encode() == '2["x"]'
