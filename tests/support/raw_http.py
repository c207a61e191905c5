"""HTTP byte by byte, over a bare connection."""

from __future__ import annotations

import socket
from contextlib import suppress

from tests.support.described import raw
from tests.support.described.received import RECEIVED
from tests.support.service import Service

POLLING = "/socket.io/?EIO=4&transport=polling"
MESSAGE = b'{"site": "tst", "log_message": "x"}'
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket"


def exchange(service: Service, said: bytes) -> bytes:
    """Send bytes on a new connection, and return everything received until the service ends it."""
    response = b""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(said)
        with suppress(ConnectionError):
            while part := connection.recv(65536):
                response += part
    compare(said, response)
    return response


def compare(said: bytes, heard: bytes) -> None:
    """Compare what was heard on a connection with the documents; `exchange` does so by itself."""
    for answer in raw.answers(said, heard):
        RECEIVED.answer(answer)


def status(response: bytes) -> int:
    return int(response.split(b" ", 2)[1])


def posting(*headers: bytes, body: bytes = MESSAGE) -> bytes:
    return b"POST /newlog HTTP/1.1\r\nHost: x\r\n%b\r\n\r\n%b" % (b"\r\n".join(headers), body)


def opening(path: str) -> bytes:
    """A request to open a WebSocket."""
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{UPGRADE}\r\n{key}\r\n\r\n".encode()
