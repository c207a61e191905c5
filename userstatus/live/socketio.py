"""Socket.IO: the only module, with `viewer_socket` and `packets`, that relies on its libraries' internals.

The assumptions about them are checked at startup, by `broken_assumptions`. Their server keeps the rooms.
Messages reach a viewer's socket without the libraries' `emit`, which would encode them for each viewer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from queue import Empty
from typing import Any

import engineio.socket
import flask_socketio
import socketio
from engineio.payload import Payload
from engineio.socket import Socket as EngineSocket  # the library's class, before `create` replaces it
from socketio.packet import Packet as SocketPacket

from userstatus import eventloop
from userstatus.connection import REQUEST_ID, connection_of
from userstatus.errors import Rejection
from userstatus.instruments.counts import Tally
from userstatus.live import frames
from userstatus.live.channels import LEFT, TIMEOUT
from userstatus.live.outbox import Outbox
from userstatus.live.packets import Packet
from userstatus.live.pending import PendingConnections
from userstatus.live.permits import Permit
from userstatus.live.pings import Pings
from userstatus.live.seats import Seats
from userstatus.live.viewer_socket import ViewerSocket

ConnectionRefused = flask_socketio.ConnectionRefusedError  # to be raised by the handler of `connect`
NAMESPACE = "/"
MAX_PACKETS = 64 * 1024  # per polling request; more than can fit, as the library drops all if exceeded
LOST = {engineio.Server.reason.PING_TIMEOUT: TIMEOUT}  # in which case no viewer left by itself
MAX_REQUEST_BYTES = 64 * 1024  # that a viewer may send in one request or frame

log = logging.getLogger(__name__)


class Environs(dict[str, Any]):
    """The WSGI environs of viewers by connection, as the library keeps them: until a viewer has connected.

    From then on, one with the least that Flask needs is made whenever an event of the viewer is handled.
    """

    def __init__(self, app: Any):
        super().__init__()
        self._app = app

    def get(self, connection: str, default: Any = None) -> Any:
        known = super().get(connection, default)
        return known if known is not None or connection not in self else self._least()

    def _least(self) -> dict[str, Any]:
        url = {"wsgi.url_scheme": "http", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "PATH_INFO": "/"}
        return {**url, "REQUEST_METHOD": "GET", "flask.app": self._app}


class Rooms(socketio.Manager):  # type: ignore[misc]
    """Socket.IO's client manager: which viewers are in which rooms. Each `sid` is also the name of a room.

    It also keeps the rooms of each viewer, as the library searches all of them when one leaves. `bound` bytes
    may wait for a viewer; `upgrade_headers` are sent when a WebSocket is accepted.
    """

    def __init__(self, bound: int, seats: Seats, upgrade_headers: list[tuple[str, str]]):
        super().__init__()
        self.bound = bound
        self.seats = seats
        self.upgrade_headers = upgrade_headers
        self.permits: dict[str, Permit] = {}  # of viewers that may not watch everything, or not for ever
        self.disconnects = Tally()  # by reason
        self._rooms_of: dict[str, set[Any]] = {}
        self._pending = PendingConnections(self._drop)
        self._slice = eventloop.TimeSlice()

    def members(self, rooms: Sequence[str] | None = None) -> Iterator[tuple[str, str]]:
        """A snapshot of the members of the rooms, or of all: `sid` and connection, without duplicates."""
        return self.get_participants(NAMESPACE, rooms)  # type: ignore[no-any-return]

    def add(self, sid: str) -> None:
        """Add a viewer that speaks another protocol; its connection has the same name."""
        self.basic_enter_room(sid, NAMESPACE, None, sid)
        self.basic_enter_room(sid, NAMESPACE, sid, sid)

    def remove(self, sid: str) -> None:
        self.basic_disconnect(sid, NAMESPACE)

    def enter(self, sid: str, room: str) -> None:
        self.basic_enter_room(sid, NAMESPACE, room)

    def leave(self, sid: str, room: str) -> None:
        self.basic_leave_room(sid, NAMESPACE, room)

    def rooms_of(self, sid: str) -> set[Any]:
        """The rooms of a viewer, including its own and the one of all viewers (None)."""
        return self._rooms_of.get(sid, set())

    def count(self) -> int:
        """The number of memberships of viewers in rooms, other than their own."""
        return sum(len(rooms) - 2 for rooms in self._rooms_of.values())

    def connection_of(self, sid: str) -> str | None:
        return self.eio_sid_from_sid(sid, NAMESPACE)  # type: ignore[no-any-return]

    @property
    def sockets(self) -> dict[str, ViewerSocket]:
        """The Engine.IO connections by name."""
        return self.server.eio.sockets  # type: ignore[no-any-return]

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        eio = server.eio
        eio.rooms = self
        eio.create_queue = Outbox
        self.pings = Pings(eio.ping_interval)
        eio.on("connect", self._connected)
        eio.on("message", self._received)
        eio.on("disconnect", self._disconnected)
        eio._async = {**eio._async, "websocket": self._upgrade}

    def connect(self, sid: str, namespace: str) -> str:
        found: str = super().connect(sid, namespace)
        connection = str(self.connection_of(found))
        self._pending.discard(connection)
        self.server.environ[connection] = None  # see Environs
        return found

    def pre_disconnect(self, sid: str, namespace: str) -> Any:
        """Count a viewer that was connected and is no more, whether it said so or its connection ended."""
        self.disconnects[self.sockets.get(str(self.connection_of(sid)), ViewerSocket).why or LEFT] += 1
        return super().pre_disconnect(sid, namespace)

    def trigger_callback(self, *_: Any) -> None:
        """Ignore a viewer's acknowledgement: none is ever requested, and the library would log each one."""

    def basic_enter_room(self, sid: str, namespace: str, room: Any, eio_sid: str | None = None) -> None:
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self._rooms_of.setdefault(sid, set()).add(room)

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        super().basic_leave_room(sid, namespace, room)
        self._rooms_of.get(sid, set()).discard(room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        for room in self._rooms_of.pop(sid, ()):
            super().basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        self.permits.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]

    def _connected(self, connection: str, environ: dict[str, Any]) -> None:
        self.server._handle_eio_connect(connection, environ)
        self._pending.add(connection)
        self.seats.take(connection, environ["REMOTE_ADDR"])

    def _disconnected(self, connection: str, reason: str) -> None:
        self._pending.discard(connection)
        self.seats.give_back(connection)
        if (viewer := self.sockets.get(connection)) is not None:
            viewer.why = viewer.why or LOST.get(reason, "")
        self.server._handle_eio_disconnect(connection, reason)
        sid = self.sid_from_eio_sid(connection, NAMESPACE)
        if sid is not None:  # the library keeps data of viewers that never finished connecting
            self.remove(sid)

    def _drop(self, connection: str) -> None:
        """Remove a connection and everything that belongs to it."""
        self._pending.discard(connection)
        viewer = self.sockets.pop(connection, None)
        if viewer is not None:
            viewer.close(wait=False, abort=True)

    def _received(self, connection: str, packet: Any) -> None:
        """Handle a packet from a viewer; an invalid one ends its connection, before a million others."""
        self._slice.maybe_yield()
        viewer = self.sockets.get(connection)
        try:
            if viewer is not None and not viewer.closed:
                self.server._handle_eio_message(connection, packet)
        except Exception:
            self.drop_invalid(connection)

    def drop_invalid(self, connection: str) -> None:
        """Disconnect a viewer on whose packet the library failed, with a line in the log."""
        self.server.logger.exception("disconnecting a viewer that sent an invalid packet")
        self._drop(connection)

    def _upgrade(self, handler: Any, _: Any) -> Any:
        """The WSGI application for a viewer's WebSocket, in place of Engine.IO's own `handler` of it."""
        viewer: ViewerSocket = handler.__self__

        def handle(environ: dict[str, Any], start_response: Any) -> Any:
            try:
                viewer.check_upgrade()
                accepted = frames.accept_key(environ, exact=False)  # the libraries accept any key, too
            except Rejection as rejection:
                if not viewer.connected:
                    self._drop(viewer.sid)
                status, headers, body = rejection.as_response()
                start_response(status, [*headers, ("Connection", "close")])
                return (body,)  # Engine.IO would take a list for a list of packets
            http = connection_of(environ)
            opening = frames.switching(accepted, [*self.upgrade_headers, (REQUEST_ID, http.request_id)])
            http.take_over(partial(viewer.attach, opening=opening))
            return []

        return handle


def create(
    app: Any, rooms: Rooms, allows_origin: Callable[..., bool], credentials: bool, logger: logging.Logger
) -> Any:
    """Create a Socket.IO server in front of a Flask application (`app.wsgi_app`)."""
    engineio.socket.Socket = ViewerSocket
    Payload.max_decode_packets = MAX_PACKETS
    application = app.wsgi_app
    server = flask_socketio.SocketIO(
        app,
        async_mode="eventlet",
        async_handlers=False,  # a viewer's requests are handled in the order in which it sends them
        max_http_buffer_size=MAX_REQUEST_BYTES,
        logger=logger,
        engineio_logger=logger,
        manage_session=False,
        serializer=Packet,
        client_manager=rooms,
        cors_allowed_origins=allows_origin,
        cors_credentials=credentials,
    )
    # Replaces Flask-SocketIO's own middleware, which keeps two environs per viewer in memory.
    middleware = socketio.WSGIApp(server.server, application)

    def handle(environ: dict[str, Any], start_response: Any) -> Any:
        environ["flask.app"] = app  # where Flask-SocketIO's handlers look for it
        return middleware(environ, start_response)

    app.wsgi_app = handle
    server.server.environ = Environs(app)
    return server


NEEDED: dict[Any, str] = {
    EngineSocket: "poll receive send close check_ping_timeout schedule_ping handle_post_request"
    " _websocket_handler",
    Payload: "max_decode_packets",
    engineio.Server: "create_queue generate_id on reason",
    engineio.Server.reason: "PING_TIMEOUT TRANSPORT_ERROR",
    socketio.Server: "_handle_eio_connect _handle_eio_message _handle_eio_disconnect",
    socketio.Manager: "basic_enter_room basic_leave_room basic_disconnect get_participants set_server connect"
    " pre_disconnect eio_sid_from_sid sid_from_eio_sid trigger_callback",
    SocketPacket: "encode decode uses_binary_events",
    flask_socketio.SocketIO: "init_app on emit",
}

STATE: dict[Any, str] = {
    engineio.Server: "sockets logger ping_interval max_http_buffer_size",
    EngineSocket: "server sid queue closed closing connected upgrading upgraded last_ping",
    socketio.Server: "environ",
    socketio.Manager: "rooms callbacks pending_connect pending_disconnect",
}


def broken_assumptions() -> Iterator[str]:
    """The assumptions of this module about the libraries that do not hold, a sentence each."""
    yield from eventloop.missing_names(NEEDED)
    engine = engineio.Server(async_mode="eventlet", logger=logging.Logger("unused", logging.CRITICAL))
    if "websocket" not in (getattr(engine, "_async", None) or ()):
        yield "engineio.server.Server no longer has a handler of WebSockets in _async"
        return
    if engine.get_queue_empty_exception() is not Empty:
        yield "engineio.server.Server no longer takes queue.Empty for an empty queue"
    server = socketio.Server(async_mode="eventlet")
    for made in (engine, EngineSocket(engine, ""), server, socketio.Manager()):
        owner = type(made)
        for name in set(STATE[owner].split()) - vars(made).keys():
            yield f"{owner.__module__}.{owner.__qualname__} no longer has {name}"
