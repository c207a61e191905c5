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
from contextlib import suppress
from typing import Any

import socketio
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
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


class Fanout(socketio.Manager):  # type: ignore[misc]
    """The Socket.IO server's client manager: who is in which room, and how messages get to them.

    A viewer that does not read is cut off when more than `bound` bytes wait for it. It can come back and
    resume from its cursor, so it loses nothing by that.
    """

    def __init__(self, bound: int):
        super().__init__()
        self.bound = bound
        self.lanes: dict[str, Lane] = {}

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        engine = server.eio
        engine.create_queue = Outbox
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

    def has_room(self, sid: str) -> bool:
        """Whether less than half of what may wait for the viewer does; it may be given more then."""
        viewer = self.server.eio.sockets.get(self.eio_sid_from_sid(sid, "/"))
        return viewer is None or viewer.closed or viewer.queue.size < self.bound // 2

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
