"""Fan-out: one message to every Socket.IO viewer of its rooms, within a bound for each of them."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

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

    A viewer that does not read is cut off when more than `bound` bytes wait for it. It can come back and
    resume from its cursor, so it loses nothing by that.
    """

    def __init__(self, bound: int):
        super().__init__()
        self.bound = bound
        self._upgraded: dict[str, Any] = {}

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        server.eio.create_queue = Outbox

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
        packet = EnginePacket(MESSAGE, self.server.packet_class(EVENT, [event, data], namespace).encode())
        for _, viewer in self.get_participants(namespace, to or room):
            self._send(viewer, packet)

    def has_room(self, sid: str) -> bool:
        """Whether less than half of what may wait for the viewer does; it may be given more then."""
        viewer = self.server.eio.sockets.get(self.eio_sid_from_sid(sid, "/"))
        return viewer is None or viewer.closed or viewer.queue.size < self.bound // 2

    def attending(self, application: Any) -> Any:
        """WSGI middleware: notes which connection a viewer is upgraded to, and ends viewers that break."""

        def attend(environ: dict[str, Any], start_response: Any) -> Any:
            sid = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]
            upgrades = "HTTP_UPGRADE" in environ and sid in self.server.eio.sockets
            if upgrades:
                self._upgraded.setdefault(sid, environ)
            try:
                return application(environ, start_response)  # of a WebSocket, when it has ended
            except Exception:
                self._forget(environ, sid)
                raise
            finally:
                if upgrades and self._upgraded.get(sid) is environ:
                    del self._upgraded[sid]

        return attend

    def _forget(self, environ: dict[str, Any], sid: str) -> None:
        """End the viewer whose request failed, as its connection is gone."""
        for each, its in list(self.server.environ.items()):
            viewer = self.server.eio.sockets.get(each)
            if viewer and (each == sid or its["eventlet.input"] is environ["eventlet.input"]):
                viewer.close(wait=False, abort=True)

    def _send(self, sid: str, packet: EnginePacket) -> None:
        viewer = self.server.eio.sockets.get(sid)
        if viewer is None or viewer.closed:
            return
        if viewer.queue.size > self.bound:
            self._cut_off(viewer)
        else:
            viewer.send(packet)

    def _cut_off(self, viewer: Any) -> None:
        log.warning("a viewer does not read, it is cut off with %d bytes waiting", viewer.queue.size)
        connection = self._connection(viewer.sid)
        viewer.close(wait=False, abort=True, reason=self.server.eio.reason.TRANSPORT_ERROR)
        while not viewer.queue.empty():
            viewer.queue.get_nowait()
        viewer.queue.put(None)
        if connection is not None:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _connection(self, sid: str) -> Any:
        """The socket of a viewer that is connected by WebSocket, None of one that polls."""
        environ = self._upgraded.get(sid) or self.server.environ.get(sid, {})
        return environ["eventlet.input"].get_socket() if "HTTP_UPGRADE" in environ else None
