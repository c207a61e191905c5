"""WebSocket frames (RFC 6455): the handshake, and frames in both directions."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import LOCAL_ONLY_CLOSE_REASONS, CloseReason
from wsproto.utilities import generate_accept_token

from userstatus import eventloop
from userstatus.errors import Rejection

MAX_CONTROL_BYTES = 125  # payload of a control frame (section 5.5)
PING = b"\x89\x00"
VERSION = "13"


def accept_key(environ: Mapping[str, Any], exact: bool = True) -> bytes:
    """The Sec-WebSocket-Accept value for a handshake (RFC 6455, section 4.2). Raises Rejection.

    Unless `exact`, any text is accepted as the client's key.
    """
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        raise Rejection("Sec-WebSocket-Version is not 13: use a client that speaks it", status=426)
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    if not re.fullmatch("[A-Za-z0-9+/]{22}==" if exact else "[!-~]+", key):
        raise Rejection("Sec-WebSocket-Key is not 16 bytes in Base64: use a client for WebSockets")
    token: bytes = generate_accept_token(key.encode())
    return token


def switching(accepted: bytes, headers: list[tuple[str, str]]) -> bytes:
    """The head of the response to a handshake; `accepted` is from `accept_key`."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accepted.decode()}\r\n{lines}\r\n"
    ).encode("latin-1")


def frame(text: str) -> bytes:
    """An unmasked WebSocket text frame (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def pong(payload: bytes) -> bytes:
    """The response to a ping, with the ping's payload."""
    return struct.pack("!BB", 0x8A, len(payload)) + payload


def closing(code: int | None = None, reason: str = "") -> bytes:
    """A close frame, its reason shortened to fit. Codes that must not be sent are omitted (section 7.4.1)."""
    payload = b""
    if code is not None and code not in LOCAL_ONLY_CLOSE_REASONS:
        cut = reason.encode()[: MAX_CONTROL_BYTES - 2].decode(errors="ignore")
        payload = struct.pack("!H", code) + cut.encode()
    return struct.pack("!BB", 0x88, len(payload)) + payload


class Incoming:
    """Decodes what one client sends: messages reassembled from frames, of at most `bound` bytes each.

    It yields to other greenlets between frames: a frame can be a few bytes, and a client can send them
    faster than they are read.
    """

    __slots__ = ("_bound", "_heard", "_over", "_protocol")

    def __init__(self, bound: int):
        self._bound = bound
        self._protocol = Connection(ConnectionType.SERVER)
        self._heard = bytearray()  # the fragments so far of an unfinished message
        self._over = False

    def events(self, data: bytes) -> Iterator[str | bytes | Ping | CloseConnection]:
        """The messages, pings and end of the connection contained in these bytes; nothing after the end.

        It ends with the client's close frame, with a protocol error (whose code is in the event), or
        when `data` is empty.
        """
        if self._over:
            return
        slice_ = eventloop.TimeSlice()
        self._protocol.receive_data(data or None)
        for event in self._protocol.events():
            slice_.maybe_yield()
            if isinstance(event, Message):
                yield from self._put_together(event)
            elif isinstance(event, Ping | CloseConnection):
                self._over = isinstance(event, CloseConnection)
                yield event
            if self._over:
                return

    def _put_together(self, part: Message[Any]) -> Iterator[str | bytes | CloseConnection]:
        self._heard += part.data.encode() if isinstance(part, TextMessage) else part.data
        if len(self._heard) > self._bound:
            self._over = True
            self._heard.clear()
            yield CloseConnection(CloseReason.MESSAGE_TOO_BIG, f"send at most {self._bound} bytes at a time")
        elif part.message_finished:
            said, self._heard = self._heard, bytearray()
            yield bytes(said) if isinstance(part, BytesMessage) else said.decode()
