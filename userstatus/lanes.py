"""Lanes: the ways on which a message gets to one viewer, and the forms that it takes there.

A lane takes messages without waiting. What the viewer's socket does not take at once waits in memory, in
order, up to a bound; a viewer that lets more wait is cut off, as it can come back and resume.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any, Protocol

from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket

from userstatus import green, wire
from userstatus.parameters import Query
from userstatus.websocket import frame
from userstatus.wire import Stored

log = logging.getLogger(__name__)

OVERHEAD = 100  # bytes that something that waits takes beside its content
STOPPED = 1001  # RFC 6455, section 7.4.1: the server goes away
RESTARTED = 1012  # IANA's registry of close codes: what the viewer knew of the service has changed
BEHIND = 1013  # IANA's registry of close codes: try again later


def chunk(text: str) -> bytes:
    """A chunk of an HTTP answer of unknown length (RFC 9112, section 7.1)."""
    payload = text.encode()
    return b"%x\r\n%b\r\n" % (len(payload), payload)


class Emission:
    """A message on its way to many viewers: every form is made when first needed, once for all of them."""

    def __init__(self, message: Stored):
        self.message = message

    @cached_property
    def json(self) -> str:
        return wire.dump(wire.live_shape(self.message))

    @cached_property
    def packet(self) -> EnginePacket:
        """Socket.IO's event `newlog`, for the queue of a viewer."""
        return EnginePacket(MESSAGE, f'2["newlog",{self.json}]')

    @cached_property
    def socketio(self) -> bytes:
        """The same as a WebSocket frame."""
        return frame(f'42["newlog",{self.json}]')

    @cached_property
    def websocket(self) -> bytes:
        return frame(self.json)

    @cached_property
    def datastream(self) -> bytes:
        return frame(wire.envelope(self.message.site, self.json))

    @cached_property
    def event(self) -> bytes:
        return self._server_sent.encode()

    @cached_property
    def event_chunk(self) -> bytes:
        return chunk(self._server_sent)

    @cached_property
    def _server_sent(self) -> str:
        return wire.server_sent("newlog", self.json, self.message.cursor)


class Lane(Protocol):
    """What fan-out knows of a lane. `size` says how many bytes wait on it, `open` whether it still leads
    to the viewer."""

    @property
    def size(self) -> int: ...

    @property
    def open(self) -> bool: ...

    def take(self, emission: Emission) -> None:
        """Bring a message on its way to the viewer. Waits for nothing."""

    def cut_off(self) -> None:
        """Disconnect a viewer for which too much waits; it can resume."""

    def end(self, code: int, reason: str) -> None:
        """Close in an orderly way, and say why where there is room for it (close codes: RFC 6455)."""


class QueueLane:
    """The Socket.IO library's own way: a queue that a green thread of the viewer's empties."""

    __slots__ = ("bound", "viewer")

    def __init__(self, viewer: Any, bound: int):
        self.viewer = viewer
        self.bound = bound

    @property
    def size(self) -> int:
        size: int = self.viewer.queue.size
        return size

    @property
    def open(self) -> bool:
        return not self.viewer.closed

    def take(self, emission: Emission) -> None:
        if not self.viewer.closed:
            self.viewer.send(emission.packet)

    def cut_off(self) -> None:
        viewer = self.viewer
        log.warning("a viewer does not read, it is cut off with %d bytes waiting", viewer.queue.size)
        viewer.close(wait=False, abort=True, reason=viewer.server.reason.TRANSPORT_ERROR)
        viewer.queue.clear()
        viewer.queue.put(None)

    def end(self, code: int, reason: str) -> None:  # noqa: ARG002, Socket.IO's protocol has no place for them
        self.viewer.close(
            wait=False, abort=True
        )  # an Engine.IO CLOSE packet would keep some from coming back


class FastLane(QueueLane):
    """The straight way to a Socket.IO viewer that is connected by WebSocket.

    The frame, made once for all viewers, is written to the viewer's socket without waiting. The queue is
    taken where anything waits in it already, or the socket would block; as this way is only taken past an
    empty queue, order is kept.
    """

    __slots__ = ("connection", "lock", "send")

    def __init__(self, viewer: Any, bound: int, websocket: Any):
        super().__init__(viewer, bound)
        self.connection = websocket.socket
        # It is held while a frame is written. Its balance counts who waits for it, too: they have
        # taken their packets out of the queue already, and are not to be overtaken.
        self.lock = websocket.lock
        self.send = websocket.socket.fd.send  # the bare socket, which does not block

    def take(self, emission: Emission) -> None:
        viewer = self.viewer
        if viewer.queue.size or self.lock.balance < 1 or not viewer.upgraded or viewer.closed:
            super().take(emission)
            return
        data = emission.socketio
        try:
            sent = self.send(data)
        except BlockingIOError:
            super().take(emission)
            return
        except OSError:
            return  # the connection is gone, as whoever reads from it will notice
        if sent < len(data):
            self.lock.acquire()  # it is free; whoever writes next has to wait for the rest of the frame
            green.spawn(self._finish, data[sent:])

    def _finish(self, rest: bytes) -> None:
        try:
            with suppress(OSError):
                self.connection.sendall(rest)
        finally:
            self.lock.release()

    def cut_off(self) -> None:
        super().cut_off()
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class StreamLane:
    """The way over a connection that is ours alone: server-sent events, or a plain WebSocket.

    `form` is the form of a message there, and `farewell` makes the last bytes out of a close code and a
    reason. The connection's timeout bounds how long a viewer may take nothing at all.
    """

    __slots__ = ("_flushing", "_send", "_waiting", "bound", "connection", "farewell", "form", "open", "size")

    def __init__(
        self,
        connection: Any,
        bound: int,
        form: Callable[[Emission], bytes],
        farewell: Callable[[int, str], bytes],
    ):
        self.connection = connection
        self.bound = bound
        self.form = form
        self.farewell = farewell
        self.open = True
        self.size = 0
        self._send = connection.fd.send  # the bare socket, which does not block
        self._waiting: deque[bytes] = deque()
        self._flushing = False

    def take(self, emission: Emission) -> None:
        self.write(self.form(emission))

    def write(self, data: bytes) -> None:
        """Send, or let wait what cannot be sent at once."""
        if not self.open:
            return
        if not self._flushing:
            try:
                sent = self._send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.open = False  # whoever reads from the connection will notice, too
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._flushing = True
            green.spawn(self._flush)
        self._waiting.append(data)
        self.size += OVERHEAD + len(data)
        if self.size > self.bound:
            self.cut_off()

    def end(self, code: int, reason: str) -> None:
        """Say why, once all that waits is sent, and close this direction of the connection."""
        if not self.open:
            return
        self.write(self.farewell(code, reason))
        self.open = False
        if not self._flushing:
            self._shut(socket.SHUT_WR)

    def cut_off(self) -> None:
        """Forget what waits, but for what is being sent, as half a frame would make no sense, and say why."""
        if not self.open:
            return
        if not self._waiting:
            self.end(BEHIND, "too many are watching too much: resume with after_id")
            return
        log.warning("a viewer does not read, it is cut off with %d bytes waiting", self.size)
        self.open = False
        being_sent = self._waiting[0]
        self._waiting.clear()
        self._waiting += (
            being_sent,
            self.farewell(BEHIND, "too much waits to be read: resume with after_id"),
        )
        self.size = 0

    def _flush(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                self.connection.sendall(waiting[0])
                self.size = max(0, self.size - OVERHEAD - len(waiting.popleft()))
        except OSError:
            self.open = False
            waiting.clear()
            self._shut(socket.SHUT_RDWR)
        self._flushing = False
        if not self.open:
            self._shut(socket.SHUT_WR)

    def _shut(self, how: int) -> None:
        with suppress(OSError):
            self.connection.shutdown(how)


class WaitingLane:
    """The way to a request that waits for the first message it asks for; what comes is its answer.

    When the request wakes, it has what has come by then: the newest, at most as many as it asks for and
    `bound` characters. `truncated` says that there was more.
    """

    __slots__ = ("_text", "bound", "came", "found", "open", "query", "truncated")

    size = 0

    def __init__(self, query: Query, bound: int) -> None:
        self.query = query
        self.bound = bound
        self.open = True
        self.came = threading.Event()
        self.found: deque[Stored] = deque()
        self.truncated = False
        self._text = 0

    def begin(self, through: int) -> None:
        """Begin with the messages after that id: the database is asked for those up to it."""
        self.query = self.query._replace(after_id=max(through, self.query.after_id))
        so_far, self.found, self._text = self.found, deque(), 0
        if self.open:
            self.came.clear()
        for message in so_far:
            self._keep(message)
        self.truncated = self.truncated and bool(self.found)

    def take(self, emission: Emission) -> None:
        self._keep(emission.message)

    def cut_off(self) -> None:
        """Answer with what there is."""
        self.end(BEHIND, "")

    def end(self, code: int, reason: str) -> None:  # noqa: ARG002, who waits gets an answer
        self.open = False
        self.came.set()

    def _keep(self, message: Stored) -> None:
        if not self.query.admits(message):
            return
        self.found.append(message)
        self._text += len(message.message)
        while len(self.found) > self.query.limit or self._text > self.bound:
            self._text -= len(self.found.popleft().message)
            self.truncated = True
        self.came.set()
