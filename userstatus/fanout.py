"""Fan-out: one message to every Socket.IO viewer of its rooms, within a bound for each of them.

There are two ways for a message to a viewer. On the fast lane its WebSocket frame, made once for all
viewers, is written straight to the viewer's socket, without waiting. The library's own way is the viewer's
queue, which a green thread of its own empties; it is taken where anything waits in that queue already,
where the socket would block, and by viewers that poll. As the fast lane is only taken past an empty queue,
order is kept.
"""

from __future__ import annotations

import logging
import socket
import struct
import time
from contextlib import suppress
from typing import Any

import socketio
from engineio.packet import MESSAGE, PING
from engineio.packet import Packet as EnginePacket
from engineio.socket import Socket as EngineSocket
from socketio.packet import EVENT

from userstatus import green

log = logging.getLogger(__name__)

MOST_TOGETHER = 16  # packets in one answer to a viewer that polls; Socket.IO's Python client takes no more
OVERHEAD = 100  # bytes that a waiting packet takes beside its text


class Outbox(green.Queue):  # type: ignore[misc]
    """A viewer's packets that wait to be sent. `size` says how many bytes they take."""

    size = 0
    _handed = 0

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; after a blocking call at most so many more as a client takes in one answer."""
        self._handed = 1 if block else self._handed + 1
        if self._handed > MOST_TOGETHER:
            raise green.Empty
        return super().get(block, timeout)

    def join(self) -> None:
        """A viewer that is being closed is not waited for: it may never read again."""

    def clear(self) -> None:
        """Forget all that waits."""
        while self.qsize():
            self._get()

    def _put(self, packet: Any) -> None:
        self.size += _size(packet)
        super()._put(packet)

    def _get(self) -> Any:
        packet = super()._get()
        self.size -= _size(packet)
        return packet


def _size(packet: Any) -> int:
    return OVERHEAD + len(packet.data) if packet is not None and isinstance(packet.data, str) else OVERHEAD


def frame(text: str) -> bytes:
    """An unmasked WebSocket frame of text (RFC 6455, section 5.2)."""
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


class Lane:
    """The straight way to a viewer that is connected by WebSocket."""

    __slots__ = ("connection", "lock", "send", "viewer")

    def __init__(self, viewer: Any, websocket: Any):
        self.viewer = viewer
        self.connection = websocket.socket
        # The library holds it while it writes a frame. Its balance counts who waits for it, too: they have
        # taken their packets out of the queue already, and are not to be overtaken.
        self.lock = websocket._sendlock
        self.send = websocket.socket.fd.send  # the bare socket, which does not block

    def write(self, data: bytes) -> bool:
        """Write a frame without waiting; False if the viewer's queue has to take it."""
        viewer = self.viewer
        if viewer.queue.size or self.lock.balance < 1 or not viewer.upgraded or viewer.closed:
            return False
        try:
            sent = self.send(data)
        except BlockingIOError:
            return False
        except OSError:
            return True  # the connection is gone, as whoever reads from it will notice
        if sent < len(data):
            self.lock.acquire()  # it is free; whoever writes next has to wait for the rest of the frame
            green.spawn(self._finish, data[sent:])
        return True

    def _finish(self, rest: bytes) -> None:
        try:
            with suppress(OSError):
                self.connection.sendall(rest)
        finally:
            self.lock.release()


def _ping(viewer: Any) -> None:
    if not viewer.closing and not viewer.closed:
        viewer.last_ping = time.time()
        viewer.send(EnginePacket(PING))


class Fanout(socketio.Manager):  # type: ignore[misc]
    """The Socket.IO server's client manager: who is in which room, and how messages get to them.

    A viewer that does not read is cut off when more than `bound` bytes wait for it. It can come back and
    resume from its cursor, so it loses nothing by that.
    """

    def __init__(self, bound: int):
        super().__init__()
        self.bound = bound
        self.lanes: dict[str, Lane] = {}
        self._rooms_of: dict[str, set[Any]] = {}

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        engine = server.eio
        engine.create_queue = Outbox
        self._start_task = engine.start_background_task
        engine.start_background_task = self._start
        if green.has_seam(engine):
            engine._async = {**engine._async, "websocket": self._with_lanes(engine._async["websocket"])}
        else:
            log.warning("these versions of the Socket.IO libraries leave no room for the fast lane")

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        **kwargs: Any,
    ) -> None:
        """Send an event to all viewers in the rooms, encoded once. Waits for nothing."""
        if callback is not None or skip_sid is not None:
            super().emit(event, data, namespace, room, skip_sid, callback, to, **kwargs)
            return
        text = self.server.packet_class(EVENT, [event, data], namespace).encode()
        packet = EnginePacket(MESSAGE, text)
        framed = frame(packet.encode())
        lanes = self.lanes
        for _, viewer in self.get_participants(namespace, to or room):
            lane = lanes.get(viewer)
            if lane is None or not lane.write(framed):
                self._enqueue(viewer, packet)

    # Who is in which room, as the library keeps it, but for this: it looks for a viewer in every room, and
    # every viewer has a room of its own. When thousands left at once, that took seconds.

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self._rooms_of.setdefault(sid, set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._rooms_of.get(sid, set()).discard(room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:  # noqa: ARG002, there is one namespace
        return [room for room in self._rooms_of.get(sid, ()) if room is not None]

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        for room in self._rooms_of.pop(sid, ()):
            super().basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]

    def has_room(self, sid: str) -> bool:
        """Whether less than half of what may wait for the viewer does; it may be given more then."""
        viewer = self.server.eio.sockets.get(self.eio_sid_from_sid(sid, "/"))
        return viewer is None or viewer.closed or viewer.queue.size < self.bound // 2

    def _start(self, task: Any, *args: Any, **kwargs: Any) -> Any:
        """Start a task of the library's; a viewer's next ping as what it is, something to do later.

        The library has a green thread wait for it, that takes as much memory as the rest of a viewer.
        """
        if getattr(task, "__func__", None) is EngineSocket._send_ping:
            return green.spawn_after(self.server.eio.ping_interval, _ping, task.__self__)
        return self._start_task(task, *args, **kwargs)

    def _with_lanes(self, websocket_class: Any) -> Any:
        """The library's class of WebSocket handlers, with a lane for each connection while it lasts."""

        def make(handler: Any, engine: Any) -> Any:
            viewer = handler.__self__  # the library passes a method of the viewer's own object

            def handle(websocket: Any) -> Any:
                self.lanes[viewer.sid] = lane = Lane(viewer, websocket)
                try:
                    return handler(websocket)
                except Exception:
                    viewer.close(wait=False, abort=True)  # its connection ends here
                    raise
                finally:
                    if self.lanes.get(viewer.sid) is lane:
                        del self.lanes[viewer.sid]

            return websocket_class(handle, engine)

        return make

    def _enqueue(self, sid: str, packet: EnginePacket) -> None:
        viewer = self.server.eio.sockets.get(sid)
        if viewer is None or viewer.closed:
            return
        if viewer.queue.size > self.bound:
            self._cut_off(viewer)
        else:
            viewer.send(packet)

    def _cut_off(self, viewer: Any) -> None:
        log.warning("a viewer does not read, it is cut off with %d bytes waiting", viewer.queue.size)
        lane = self.lanes.get(viewer.sid)
        viewer.close(wait=False, abort=True, reason=self.server.eio.reason.TRANSPORT_ERROR)
        viewer.queue.clear()
        viewer.queue.put(None)
        if lane is not None:
            with suppress(OSError):
                lane.connection.shutdown(socket.SHUT_RDWR)
