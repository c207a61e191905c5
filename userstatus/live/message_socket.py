"""A WebSocket with the interface that Engine.IO expects."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from wsproto.events import CloseConnection, Ping

from userstatus import eventloop
from userstatus.live import frames

READ_BYTES = 400  # small reads fit into Python's own memory pools, while larger ones fragment the heap
LINGER_S = 2  # for a client to take our close frame


class MessageSocket:
    """A viewer's WebSocket with the methods that Engine.IO calls: `wait`, `send`, `close`.

    Unlike eventlet's own, it limits the size of a fragmented message, yields to others between frames,
    unmasks without a loop over every byte, and does not support versions older than RFC 6455. `timed_out` is
    whether the viewer was silent for longer than Engine.IO allows.
    """

    __slots__ = ("_closed", "_events", "_incoming", "lock", "socket", "timed_out")

    def __init__(self, connection: Any, bound: int):
        self.socket = connection  # Engine.IO sets its timeout
        self.lock = eventloop.Lock()  # held while a frame is written
        self._incoming = frames.Incoming(bound)
        self._events: Iterable[Any] = ()
        self._closed = False
        self.timed_out = False

    def wait(self) -> str | bytes | None:
        """The viewer's next message; None once the connection has ended."""
        try:
            while not self._closed:
                for event in self._events:
                    if isinstance(event, str | bytes):
                        return event
                    self._respond(event)
                self._events = ()
                # Not kept in a local variable, which would keep it in memory until the viewer sends more.
                self._events = self._incoming.events(self.socket.recv(READ_BYTES))
        except OSError as error:
            self.timed_out = isinstance(error, TimeoutError)
        return None

    def send(self, text: str) -> None:
        """Send a message as soon as it can be written. Raises OSError."""
        self._write(frames.frame(text))

    def send_nowait(self, frame: bytes) -> bool:
        """Send a frame; False if it would have to wait. The lock must not be held by anybody else.

        If the kernel accepts only part of it, the lock is held until the rest is written. A broken connection
        counts as sent, as the greenlet that reads from it will notice.
        """
        try:
            sent = eventloop.write_nowait(self.socket, frame)
        except BlockingIOError:
            return False
        except OSError:
            return True
        if sent < len(frame):
            self.lock.acquire()
            eventloop.spawn(self._finish, frame[sent:])
        return True

    def close(self) -> None:
        """Send a close frame, if that is possible without waiting, and end the connection."""
        self._write_last(frames.closing())
        self.shutdown(socket.SHUT_RDWR)

    def shutdown(self, how: int) -> None:
        """End one or both directions of the connection."""
        with suppress(OSError):
            self.socket.shutdown(how)

    def _finish(self, rest: bytes) -> None:
        try:
            with suppress(OSError):
                self.socket.sendall(rest)
        finally:
            self.lock.release()

    def _respond(self, event: Ping | CloseConnection) -> None:
        if isinstance(event, Ping):
            self._write(frames.pong(event.payload))
            return
        self._write_last(frames.closing(event.code, event.reason or ""))
        self.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            frames.drain(self.socket, LINGER_S)

    def _write_last(self, last: bytes) -> None:
        if not self._closed and self.lock.is_free:
            with suppress(OSError):
                eventloop.write_nowait(self.socket, last)
        self._closed = True

    def _write(self, data: bytes) -> None:
        with self.lock:
            self.socket.sendall(data)
