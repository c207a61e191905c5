"""Fan-out: one message to every viewer of its rooms, whatever kind of viewer it is.

Rooms are those of the Socket.IO server, keyed by site; viewers of other kinds join them beside its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import socketio
from engineio.socket import Socket as EngineSocket

from userstatus import engine, green, http, websocket
from userstatus.errors import Refusal
from userstatus.lanes import OVERHEAD, STOPPED, Emission, FastLane, Lane, QueueLane, WaitingLane
from userstatus.models import EVERY_SITE
from userstatus.wire import Stored

log = logging.getLogger(__name__)

MOST_TOGETHER = 16  # packets in one answer to a viewer that polls; Socket.IO's Python client takes no more
MOST_BYTES = 128 * 1024  # in them, after which no further one is added: what is being sent is not counted
MOST_STRANGERS = 4096  # connections that may be about to begin: everyone comes back at once after a restart
PATIENCE = 15.0  # seconds within which a connection has to begin
GOODBYE = 1.0  # seconds in which viewers are to be told that the server stops
STOPS = "the server stops: connect again"
NAMESPACE = "/"


class Outbox(green.Queue):  # type: ignore[misc]
    """A viewer's packets that wait to be sent. `size` says how many bytes they take.

    Whatever is sent to a viewer passes here, unless it is written to its socket at once: messages, answers,
    acknowledgements, pings. When more than `bound` bytes wait already, `overflow` is called instead.
    """

    size = 0
    bound = 0
    overflow: Callable[[], None] | None = None
    _handed = _handed_bytes = 0

    def put(self, packet: Any, block: bool = True, timeout: float | None = None) -> None:
        if packet is not None and self.overflow and self.size > self.bound:
            self.overflow()
        else:
            super().put(packet, block, timeout)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; after a blocking call at most so many more as a client takes in one answer."""
        if block:
            self._handed = self._handed_bytes = 0
        self._handed += 1
        if self._handed > MOST_TOGETHER or self._handed_bytes > MOST_BYTES:
            raise green.Empty
        packet = super().get(block, timeout)
        self._handed_bytes += _size(packet)
        return packet

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


class Fanout(socketio.Manager):  # type: ignore[misc]
    """The Socket.IO server's client manager: who is in which room, and how messages get to them.

    A viewer is known by its `sid`, which is a room with nobody else in it, too. One that does not read is
    disconnected when more than `bound` bytes wait for it. It can come back and resume from its cursor, so it
    loses nothing by that.
    """

    def __init__(self, bound: int):
        super().__init__()
        self.bound = bound
        self.lanes: dict[str, Lane] = {}  # by Engine.IO's id of the connection, or ours
        self.ending = False
        self._rooms_of: dict[str, set[Any]] = {}
        self._strangers: dict[str, float] = {}  # when Engine.IO connections came on which no viewer is yet
        self._dismissing = False
        self._turn = green.Turn()

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

    def load(self) -> tuple[int, int]:
        """How many bytes wait for all viewers together, and how many rooms they are in, with their own."""
        waiting = sum(viewer.queue.size for viewer in list(self.server.eio.sockets.values()))
        waiting += sum(lane.size for lane in self.lanes.values() if not isinstance(lane, QueueLane))
        return waiting, sum(map(len, self._rooms_of.values())) - len(self._rooms_of)

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

    def lane_of(self, connection: str) -> Lane | None:
        """The way to the viewer on a connection, if there is one."""
        return self.lanes.get(connection) or self._queue_lane(connection)

    def _lane(self, sid: str) -> Lane | None:
        connection = self.eio_sid_from_sid(sid, NAMESPACE)
        return None if connection is None else self.lane_of(connection)

    def _queue_lane(self, connection: str) -> Lane | None:
        viewer = self.server.eio.sockets.get(connection)
        return None if viewer is None else QueueLane(viewer, self.bound)

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        eio = server.eio
        eio.create_queue = Outbox
        eio.on("connect", self._arrive)
        eio.on("message", self._hear)
        eio.on("disconnect", self._leave)
        self._pings = engine.Pings(eio.ping_interval)
        self._start_task = eio.start_background_task
        eio.start_background_task = self._start
        if green.has_seam(eio):
            eio._async = {**eio._async, "websocket": self._with_lane}
        else:
            log.warning("these versions of the Socket.IO libraries leave no room for the fast lane")

    def _arrive(self, connection: str, environ: dict[str, Any]) -> None:
        """Take in an Engine.IO connection, on which a viewer has to connect soon.

        Until then it may be a handshake and nothing else, which costs its client next to nothing. The oldest
        of too many goes: to refuse the newest would let whoever keeps that many keep everybody else out.
        """
        self.server._handle_eio_connect(connection, environ)
        outbox = self.server.eio.sockets[connection].queue
        outbox.bound, outbox.overflow = self.bound, partial(self._overflow, connection)
        self._strangers[connection] = time.monotonic()
        if len(self._strangers) > MOST_STRANGERS:
            self._dismiss(next(iter(self._strangers)))
        if not self._dismissing:
            self._dismissing = True
            green.spawn(self._dismiss_strangers)

    def _leave(self, connection: str, reason: str) -> None:
        self._strangers.pop(connection, None)
        self.server._handle_eio_disconnect(connection, reason)
        sid = self.sid_from_eio_sid(connection, NAMESPACE)
        if sid is not None:  # the library forgets who was about to connect, and never got so far
            self.basic_disconnect(sid, NAMESPACE)

    def connect(self, sid: str, namespace: str) -> str:
        found: str = super().connect(sid, namespace)
        self._strangers.pop(str(self.eio_sid_from_sid(found, namespace)), None)
        return found

    def _dismiss_strangers(self) -> None:
        try:
            while self._strangers:
                oldest, came = next(iter(self._strangers.items()))
                if (left := came + PATIENCE - time.monotonic()) > 0:
                    time.sleep(left)
                else:
                    self._dismiss(oldest)
        finally:
            self._dismissing = False

    def _dismiss(self, connection: str) -> None:
        """Forget a connection and all that belongs to it."""
        self._strangers.pop(connection, None)
        viewer = self.server.eio.sockets.pop(connection, None)
        if viewer is not None:
            viewer.close(wait=False, abort=True)

    def _hear(self, connection: str, said: Any) -> None:
        """Handle a packet of a viewer's; one that makes no sense ends its connection.

        The library would report it and go on, to the next of a million of them.
        """
        self._turn.share()
        viewer = self.server.eio.sockets.get(connection)
        if viewer is None or viewer.closed:
            return
        try:
            self.server._handle_eio_message(connection, said)
        except Exception:
            self._senseless(connection)

    def _senseless(self, connection: str) -> None:
        self.server.logger.exception("a viewer is disconnected, as its packet makes no sense")
        self._dismiss(connection)

    def _overflow(self, connection: str) -> None:
        lane = self.lane_of(connection)
        if lane is not None:
            lane.cut_off()

    def trigger_callback(self, *_: Any) -> None:
        """An acknowledgement of a viewer's, which nothing here asks for; the library reports each."""

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
            return self._pings.schedule(task.__self__)
        return self._start_task(task, *args, **kwargs)

    def _with_lane(self, handler: Any, eio: Any) -> Any:
        """Engine.IO's handler of a WebSocket as a WSGI application, with a lane while it lasts."""
        viewer = handler.__self__  # the library passes a method of the viewer's own object

        def handle(environ: dict[str, Any], start_response: Any) -> Any:
            try:
                accepted = websocket.accept_key(environ, exact=False)  # as these libraries have it
            except Refusal as refusal:
                if not viewer.connected:
                    self._dismiss(viewer.sid)
                return engine.refuse(refusal, start_response)
            connection = environ["eventlet.input"].get_socket()
            environ["userstatus.hang_up"](silently=True)  # there is no HTTP on it any more
            connection.sendall(websocket.switching(accepted, [http.NOSNIFF]))
            incoming = engine.WebSocket(connection, eio.max_http_buffer_size)
            self.lanes[viewer.sid] = lane = FastLane(viewer, self.bound, incoming)
            try:
                return handler(incoming)
            except Exception:
                self._senseless(viewer.sid)
                return []
            finally:
                if self.lanes.get(viewer.sid) is lane:
                    del self.lanes[viewer.sid]

        return handle
