"""Fan-out: one message to every viewer of its rooms, whatever kind of viewer it is.

Rooms are those of the Socket.IO server, keyed by site; viewers of other kinds join them beside its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import socketio
from engineio.packet import PING
from engineio.packet import Packet as EnginePacket
from engineio.socket import Socket as EngineSocket

from userstatus import green
from userstatus.lanes import OVERHEAD, STOPPED, Emission, FastLane, Lane, QueueLane, WaitingLane
from userstatus.models import EVERY_SITE
from userstatus.wire import Stored

log = logging.getLogger(__name__)

MOST_TOGETHER = 16  # packets in one answer to a viewer that polls; Socket.IO's Python client takes no more
GOODBYE = 1.0  # seconds in which viewers are to be told that the server stops
STOPS = "the server stops: connect again"
NAMESPACE = "/"


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


def _ping(viewer: Any) -> None:
    if not viewer.closing and not viewer.closed:
        viewer.last_ping = time.time()
        viewer.send(EnginePacket(PING))


class Fanout(socketio.Manager):  # type: ignore[misc]
    """The Socket.IO server's client manager: who is in which room, and how messages get to them.

    A viewer is known by its `sid`, which is a room with nobody else in it, too. One that does not read is
    cut off when more than `bound` bytes wait for it. It can come back and resume from its cursor, so it
    loses nothing by that.
    """

    def __init__(self, bound: int):
        super().__init__()
        self.bound = bound
        self.lanes: dict[str, Lane] = {}  # by Engine.IO's id of the connection, or ours
        self.ending = False
        self._rooms_of: dict[str, set[Any]] = {}

    def deliver(self, message: Stored) -> None:
        """Bring a message to everyone who watches its site; to whoever watches it twice, once."""
        self._emit(message, [message.site, EVERY_SITE])

    def deliver_to(self, sid: str, message: Stored) -> None:
        """Bring a message to one viewer."""
        self._emit(message, [sid])

    def _emit(self, message: Stored, rooms: Sequence[str]) -> None:
        emission = Emission(message)
        lanes = self.lanes
        for _, connection in self.get_participants(NAMESPACE, rooms):
            lane = lanes.get(connection) or self._queue_lane(connection)
            if lane is not None:
                lane.take(emission)

    @contextmanager
    def attending(self, lane: Lane) -> Iterator[str]:
        """Take in a viewer that does not speak Socket.IO, under a `sid` of its own, while the block runs."""
        sid = self.server.eio.generate_id()
        self.lanes[sid] = lane
        self.basic_enter_room(sid, NAMESPACE, None, sid)
        self.basic_enter_room(sid, NAMESPACE, sid, sid)
        if self.ending:
            lane.end(STOPPED, STOPS)
        try:
            yield sid
        finally:
            self.basic_disconnect(sid, NAMESPACE)
            del self.lanes[sid]

    def is_here(self, sid: str) -> bool:
        """Whether the viewer is connected."""
        lane = self._lane(sid)
        return lane is not None and lane.open

    def has_room(self, sid: str) -> bool:
        """Whether less than half of what may wait for the viewer does; it may be given more then."""
        lane = self._lane(sid)
        return lane is None or not lane.open or lane.size < self.bound // 2

    def answer_those_who_wait(self) -> None:
        """Answer every request that waits for a message, as the server stops."""
        self.ending = True
        for lane in list(self.lanes.values()):
            if isinstance(lane, WaitingLane):
                lane.end(STOPPED, STOPS)

    def disconnect_all(self, code: int, reason: str) -> None:
        """End every connection, with a close code of RFC 6455 where there is room for it. Never waits."""
        for viewer in list(self.server.eio.sockets.values()):
            QueueLane(viewer, self.bound).end(code, reason)
        for lane in list(self.lanes.values()):
            lane.end(code, reason)

    def say_goodbye(self) -> None:
        """Close every connection in an orderly way, once what is on its way to the viewer is sent."""
        self.ending = True
        self.disconnect_all(STOPPED, STOPS)
        sockets = self.server.eio.sockets
        deadline = time.monotonic() + GOODBYE
        while (sockets or self.lanes) and time.monotonic() < deadline:
            time.sleep(0.01)

    def _lane(self, sid: str) -> Lane | None:
        connection = self.eio_sid_from_sid(sid, NAMESPACE)
        return None if connection is None else self.lanes.get(connection) or self._queue_lane(connection)

    def _queue_lane(self, connection: str) -> Lane | None:
        viewer = self.server.eio.sockets.get(connection)
        return None if viewer is None else QueueLane(viewer, self.bound)

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
                self.lanes[viewer.sid] = lane = FastLane(viewer, self.bound, websocket)
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
