"""Engine.IO, on which Socket.IO is built: a viewer's connection, and its WebSocket once it has one."""

from __future__ import annotations

import logging
import time
from operator import attrgetter
from typing import Any

from engineio.exceptions import EngineIOError, SocketIsClosedError, UnknownPacketError
from engineio.packet import MESSAGE, NOOP, PING, PONG, UPGRADE
from engineio.packet import Packet as EnginePacket
from engineio.socket import Socket as EngineSocket
from wsproto.events import CloseConnection, Ping

from userstatus import eventloop
from userstatus.errors import Rejection
from userstatus.live import frames
from userstatus.live.channels import GOING_AWAY, LEFT, SLOW, TRY_LATER, WHY, StreamChannel
from userstatus.live.encodings import EncodedMessage, EncodedMessages
from userstatus.sockets import DetachedSocket

LINGER_S = 2.0  # for a viewer to hang up, once it has been told to
UPGRADE_S = 15.0  # for a polling viewer to change to its WebSocket; Socket.IO's clients give up after 20

log = logging.getLogger(__name__)


class WebSocketTransport:
    """A viewer's WebSocket. One that has been polling first has to probe it: Engine.IO 4, "Upgrade"."""

    __slots__ = ("_farewell", "_incoming", "_probed", "channel", "viewer")

    kind = "socketio"
    linger = LINGER_S

    def __init__(self, viewer: ViewerSocket, socket: DetachedSocket):
        self.viewer = viewer
        self.channel = StreamChannel(socket, viewer.server.rooms.bound, self)
        self._incoming = frames.Incoming(viewer.server.max_http_buffer_size)
        self._farewell = frames.closing()  # without a code, which the protocol has no place for
        self._probed = False

    encode = attrgetter("socketio_frame")

    def send(self, packet: Any) -> None:
        self.channel.write(frames.frame(packet.encode()))

    def closing_bytes(self, code: int, reason: str) -> bytes:  # noqa: ARG002
        return self._farewell

    def receive(self, data: bytes) -> None:
        try:
            for event in self._incoming.events(data):
                if not self.channel.open:
                    return
                self._take(event)
        except SocketIsClosedError:
            self.channel.end(GOING_AWAY, "")
        except Exception:
            self.viewer.server.rooms.drop_invalid(self.viewer.sid)

    def left(self) -> None:
        self.viewer.lost(self)

    def _take(self, event: str | bytes | Ping | CloseConnection) -> None:
        if isinstance(event, Ping):
            self.channel.write(frames.pong(event.payload))
        elif isinstance(event, CloseConnection):
            self.channel.why = LEFT
            self._farewell = frames.closing(event.code, event.reason or "")
            self.channel.end(event.code, "")
        elif self.viewer.upgraded:
            try:
                self.viewer.receive(EnginePacket(encoded_packet=event))
            except UnknownPacketError:  # which the library ignores as well
                return
        else:
            self._upgrade(EnginePacket(encoded_packet=event))

    def _upgrade(self, packet: Any) -> None:
        if not self._probed and (packet.packet_type, packet.data) == (PING, "probe"):
            self._probed = True
            self.send(EnginePacket(PONG, "probe"))
            self.viewer.queue.put(EnginePacket(NOOP))  # ends the poll that waits
        elif self._probed and packet.packet_type == UPGRADE:
            self.viewer.upgrade()
        else:
            self.channel.end(GOING_AWAY, "")


class ViewerSocket(EngineSocket):  # type: ignore[misc]
    """A viewer's Engine.IO connection, which is also its channel.

    A viewer that polls gets its messages from a queue. Over a WebSocket they are written at once, in a frame
    made for all viewers.
    """

    last_ping: float | None
    connected: bool
    websocket: WebSocketTransport | None = None
    why = ""  # the reason why the viewer was disconnected, once it was

    @property
    def size(self) -> int:
        return int(self.queue.size) + (self.websocket.channel.size if self.websocket else 0)

    @property
    def open(self) -> bool:
        return not self.closed

    def check_upgrade(self) -> None:
        """Reject a second WebSocket. Raises Rejection."""
        if self.websocket is not None:
            raise Rejection("this viewer has a WebSocket already: use that one, or connect anew")

    def attach(self, socket: DetachedSocket, opening: bytes) -> None:
        """Go on over a WebSocket; `opening` is the response to its handshake."""
        self.websocket = websocket = WebSocketTransport(self, socket)
        with websocket.channel.gathering():
            websocket.channel.write(opening)
            if self.connected:
                self.upgrading = True  # what is sent meanwhile waits in the queue
                eventloop.call_after(UPGRADE_S, lambda: self._give_up(websocket))
            else:
                self.connected = True
                self.upgrade()
        websocket.channel.listen()

    def upgrade(self) -> None:
        """Use the WebSocket from now on."""
        self.upgrading, self.upgraded = False, True
        for packet in self.queue.drain():
            if packet is not None:
                self.send(packet)
        for _ in range(self.queue.pollers):
            self.queue.put(EnginePacket(NOOP))  # or a poll that still waits would end the viewer in time

    def take(self, message: EncodedMessage) -> None:
        if self.closed:
            return
        if self.websocket is not None and self.upgraded:
            self.websocket.channel.take(message)
            self._check()
            return
        if message.packet is None:
            message.packet = EnginePacket(MESSAGE, message.socketio_event)
        self.send(message.packet)

    def take_all(self, messages: EncodedMessages) -> None:
        if self.websocket is not None and self.upgraded and not self.closed:
            self.websocket.channel.take_all(messages)
            self._check()
            return
        for message in messages.messages:
            self.take(message)

    def send(self, packet: Any) -> None:
        """Send a packet: everything for a viewer passes here, except messages over a WebSocket."""
        if self.websocket is not None and self.upgraded:
            if self.check_ping_timeout():
                self.websocket.send(packet)
                self._check()
        elif self.queue.size > self.server.rooms.bound:
            self.disconnect()
        else:
            super().send(packet)

    def disconnect(self) -> None:
        self.why = WHY[TRY_LATER]
        if self.websocket is not None and self.upgraded:
            self.websocket.channel.disconnect()
            self.why = self.websocket.channel.why
        elif self.queue.size:
            log.warning("a viewer does not read: disconnecting it with %d bytes waiting", self.queue.size)
            self.why = SLOW
        self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_ERROR)
        self.queue.clear()
        self.queue.put(None)

    def end(self, code: int, reason: str) -> None:  # noqa: ARG002, the Socket.IO protocol cannot carry them
        self.why = self.why or WHY[code]
        self.close(wait=False, abort=True)  # after an Engine.IO CLOSE, some clients would not reconnect

    def close(self, wait: bool = True, abort: bool = False, reason: Any = None) -> None:
        super().close(wait, abort, reason)
        if self.websocket is not None:
            self.websocket.channel.end(GOING_AWAY, "")

    def lost(self, websocket: WebSocketTransport) -> None:
        """Forget a WebSocket that has ended, and with it the viewer, unless it may go on polling."""
        if self.websocket is websocket:
            self.websocket = None
        if not self.upgraded:
            self.upgrading = False
            return
        self.why = self.why or websocket.channel.why
        self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
        self.server.sockets.pop(self.sid, None)

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Disconnect on an invalid request; the library would respond OK and drop it."""
        try:
            super().handle_post_request(environ)
        except EngineIOError:
            raise
        except Exception as error:
            kind = type(error).__name__  # what it says may quote the request, and so a key
            self.server.logger.warning("disconnecting a viewer that sent an invalid request: %s", kind)
            raise EngineIOError(kind) from error

    def check_ping_timeout(self) -> bool:
        if not self.closed and self.websocket is not None and self.websocket.channel.busy:
            return True  # a pong may not have been read yet
        return bool(super().check_ping_timeout())

    def schedule_ping(self) -> None:
        """Use the shared pings; the library has a greenlet for each."""
        if self.last_ping:
            self.last_ping = None
            self.server.rooms.pings.schedule(self)

    def ping(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.send(EnginePacket(PING))

    def _check(self) -> None:
        """End the connection if too much waits for the viewer, so that its WebSocket takes nothing more."""
        websocket = self.websocket
        if websocket is not None and not websocket.channel.open:
            self.why = self.why or websocket.channel.why
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_ERROR)

    def _give_up(self, websocket: WebSocketTransport) -> None:
        if not self.upgraded:
            websocket.channel.end(GOING_AWAY, "")
