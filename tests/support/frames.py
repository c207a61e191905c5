"""WebSocket frames as sent by clients, well-formed or not, over a bare socket."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.described import raw
from tests.support.described.received import RECEIVED
from tests.support.service import Service

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
SOCKETIO = "/socket.io/?EIO=4&transport=websocket"


def frame(payload: bytes, opcode: int = TEXT, fin: bool = True) -> bytes:
    """A frame with an all-zero mask, which leaves the payload unchanged."""
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", 0x80 | size)
    else:
        length = (
            struct.pack("!BH", 0x80 | 126, size) if size < 65536 else struct.pack("!BQ", 0x80 | 127, size)
        )
    return bytes([fin << 7 | opcode]) + length + bytes(4) + payload


@contextmanager
def opened(service: Service, path: str) -> Iterator[socket.socket]:
    """A connection after its handshake, of whose response only the head has been read."""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(
            b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n" % (path.encode(), KEY)
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        assert head.startswith(b"HTTP/1.1 101 "), head
        for answer in raw.answers(f"GET {path} HTTP/1.1".encode(), head):
            RECEIVED.answer(answer)
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All bytes until the other side hangs up."""
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found
