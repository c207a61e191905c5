"""Where this service differs from the Socket.IO and Engine.IO libraries: packets, WebSockets, pings."""

from __future__ import annotations

import json
import socket
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from weakref import ref

from engineio.exceptions import EngineIOError
from engineio.packet import PING
from engineio.packet import Packet as EnginePacket
from engineio.payload import Payload
from engineio.socket import Socket as EngineSocket
from socketio.packet import CONNECT_ERROR
from socketio.packet import Packet as SocketPacket
from wsproto.events import CloseConnection, Ping

from userstatus import green, websocket
from userstatus.errors import Refusal

PIECE = 400  # bytes that are read at a time: they fit into Python's own pools, more leave holes in the heap
MOST_PACKETS = 64 * 1024  # in one request of a viewer that polls: more than fit; the library would lose all
LINGER = 2  # seconds that a client gets to take our close frame

Payload.max_decode_packets = MOST_PACKETS
_handle_post = EngineSocket.handle_post_request


def _take_post(viewer: Any, environ: dict[str, Any]) -> None:
    """Take what a viewer that polls says. The library would answer OK to what makes no sense, and lose it."""
    try:
        _handle_post(viewer, environ)
    except EngineIOError:
        raise
    except Exception as error:
        viewer.server.logger.warning("a viewer is disconnected, as what it posts makes no sense: %r", error)
        raise EngineIOError(repr(error)) from error


EngineSocket.handle_post_request = _take_post


class Packet(SocketPacket):  # type: ignore[misc]
    """A Socket.IO packet; a refused connection always says why, and there is nothing binary."""

    data: Any
    uses_binary_events = False  # in what is sent, where the library would otherwise look for it

    def encode(self) -> Any:
        if self.packet_type == CONNECT_ERROR and isinstance(self.data, str):
            named = ascii((self.namespace or "/")[:80])
            reason = "already connected" if self.namespace in (None, "/") else "there is no such namespace"
            self.data = {"message": f"cannot connect to {named}: {reason}, connect once, and to /"}
        return super().encode()

    def decode(self, encoded_packet: Any) -> int:
        if super().decode(encoded_packet):
            raise ValueError("a packet announces binary attachments, which nothing here takes")
        return 0


class WebSocket:
    """A viewer's WebSocket, in the shape in which Engine.IO expects one: `wait`, `send`, `close`, `socket`.

    Unlike eventlet's own, it bounds a message in fragments, gives way between two frames, unmasks without a
    loop over every byte, and speaks no version that browsers had before the RFC.
    """

    __slots__ = ("_closed", "_events", "_incoming", "lock", "socket")

    def __init__(self, connection: Any, bound: int):
        self.socket = connection
        self.lock = green.Semaphore()  # held while a frame is written
        self._incoming = websocket.Incoming(bound)
        self._events: Iterable[Any] = ()
        self._closed = False

    def wait(self) -> str | bytes | None:
        """The viewer's next message; None once the connection has ended."""
        with suppress(OSError):
            while not self._closed:
                for event in self._events:
                    if isinstance(event, str | bytes):
                        return event
                    self._answer(event)
                self._events = ()
                # Not kept in a name here, where it would stay in memory until the viewer says more.
                self._events = self._incoming.events(self.socket.recv(PIECE))
        return None

    def send(self, text: str) -> None:
        """Send a message as soon as it can be written. Raises OSError."""
        self._write(websocket.frame(text))

    def close(self) -> None:
        """Say goodbye, if that is possible at once, and end the connection."""
        self._say(websocket.closing())
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def _answer(self, event: Ping | CloseConnection) -> None:
        if isinstance(event, Ping):
            self._write(websocket.pong(event.payload))
            return
        self._say(websocket.closing(event.code, event.reason or ""))
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            websocket.drain(self.socket, LINGER)

    def _say(self, last: bytes) -> None:
        if not self._closed and self.lock.balance >= 1:
            with suppress(OSError):
                self.socket.fd.send(last)  # the bare socket, which does not block
        self._closed = True

    def _write(self, data: bytes) -> None:
        with self.lock:
            self.socket.sendall(data)


def refuse(refusal: Refusal, start_response: Any) -> tuple[bytes]:
    """Answer a handshake that cannot be accepted. Engine.IO would take a list for one of packets."""
    status = HTTPStatus(refusal.status)
    headers = [("Content-Type", "application/json"), ("Connection", "close")]
    if status == HTTPStatus.UPGRADE_REQUIRED:
        headers.append(("Sec-WebSocket-Version", websocket.VERSION))
    start_response(f"{status.value} {status.phrase}", headers)
    return (json.dumps(refusal.as_json()).encode(),)


class Pings:
    """Every viewer's next ping, `interval` seconds after its last pong.

    One green thread sees to all of them, as the interval is the same for all. The library has one wait for
    each viewer, that takes as much memory as the rest of a viewer, and keeps the viewer when it has left.
    """

    def __init__(self, interval: float):
        self.interval = interval
        self._due: deque[tuple[float, ref[Any]]] = deque()
        self._running = False

    def schedule(self, viewer: Any) -> None:
        self._due.append((time.monotonic() + self.interval, ref(viewer)))
        if not self._running:
            self._running = True
            green.spawn(self._run)

    def _run(self) -> None:
        turn = green.Turn()
        try:
            while self._due:
                time.sleep(max(0, self._due[0][0] - time.monotonic()))
                _, viewer = self._due.popleft()
                _ping(viewer())
                turn.share()
        finally:
            self._running = False


def _ping(viewer: Any) -> None:
    if viewer is not None and not viewer.closing and not viewer.closed:
        viewer.last_ping = time.time()
        viewer.send(EnginePacket(PING))
