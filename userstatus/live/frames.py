"""WebSocket frames (RFC 6455): the handshake, what a client sends, and what is sent to it."""

from __future__ import annotations

import re
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import BytesMessage, CloseConnection, Message, Ping, TextMessage
from wsproto.frame_protocol import LOCAL_ONLY_CLOSE_REASONS, CloseReason
from wsproto.utilities import generate_accept_token

from userstatus import eventloop
from userstatus.errors import Rejection

READ_BYTES = 16 * 1024  # at a time
MAX_CONTROL_BYTES = 125  # in a control frame (section 5.5)
PING = b"\x89\x00"
VERSION = "13"


def accept_key(environ: Mapping[str, Any], exact: bool = True) -> bytes:
    """What a WebSocket's handshake is answered with (RFC 6455, section 4.2). Raises Rejection.

    Unless it has to be `exact`, a client's key may be any text.
    """
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != VERSION:
        raise Rejection("Sec-WebSocket-Version is not 13: use a client that speaks it", status=426)
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    if not re.fullmatch("[A-Za-z0-9+/]{22}==" if exact else "[!-~]+", key):
        raise Rejection("Sec-WebSocket-Key is not 16 bytes in Base64: use a client for WebSockets")
    token: bytes = generate_accept_token(key.encode())
    return token


def switching(accepted: bytes, headers: list[tuple[str, str]]) -> bytes:
    """The head of the answer to a handshake; `accepted` is from `accept_key`."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accepted.decode()}\r\n{lines}\r\n"
    ).encode("latin-1")


def frame(text: str) -> bytes:
    """An unmasked WebSocket frame of text (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def pong(payload: bytes) -> bytes:
    """The answer to a ping, with the ping's own payload."""
    return struct.pack("!BB", 0x8A, len(payload)) + payload


def closing(code: int | None = None, reason: str = "") -> bytes:
    """A close frame, its reason cut to what fits. Of codes that may not be sent, none is (section 7.4.1)."""
    payload = b""
    if code is not None and code not in LOCAL_ONLY_CLOSE_REASONS:
        cut = reason.encode()[: MAX_CONTROL_BYTES - 2].decode(errors="ignore")
        payload = struct.pack("!H", code) + cut.encode()
    return struct.pack("!BB", 0x88, len(payload)) + payload


class Incoming:
    """What one client sends: messages put together from their frames, of at most `bound` bytes each.

    Everybody else gets to run between two frames: a frame can be a few bytes, and a client can send them
    faster than they are read.
    """

    __slots__ = ("_bound", "_heard", "_over", "_protocol", "_slice")

    def __init__(self, bound: int):
        self._bound = bound
        self._protocol = Connection(ConnectionType.SERVER)
        self._heard = bytearray()  # what the client has said of a message that is not yet whole
        self._over = False
        self._slice = eventloop.TimeSlice()

    def events(self, data: bytes) -> Iterator[str | bytes | Ping | CloseConnection]:
        """The messages, pings, and the end of the conversation in these bytes; after its end, nothing.

        It ends with the client's own close frame, with the code for what the client did wrong, or with no
        more `data`.
        """
        if self._over:
            return
        self._protocol.receive_data(data or None)
        for event in self._protocol.events():
            self._slice.maybe_yield()
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


def drain(connection: Any, seconds: float) -> None:
    """Throw away what still comes until the client hangs up, for so many seconds at most.

    A connection that is closed with something unread is reset, and the client may never see the goodbye.
    """
    deadline = time.monotonic() + seconds
    slice_ = eventloop.TimeSlice()
    with suppress(OSError):
        while (left := deadline - time.monotonic()) > 0:
            connection.settimeout(left)
            if not connection.recv(READ_BYTES):
                return
            slice_.maybe_yield()
