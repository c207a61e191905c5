"""Streams: server-sent events, plain WebSockets, and Photon Ranch's data stream.

A request for one is checked and answered as any other is; then its connection is taken over for good.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

from flask import Response
from werkzeug.http import http_date
from wsproto.events import CloseConnection, Ping
from wsproto.frame_protocol import CloseReason

from userstatus import http, parameters, websocket, wire
from userstatus.cursor import Cursor
from userstatus.errors import Refusal
from userstatus.fanout import Fanout
from userstatus.follower import Follower, Position
from userstatus.journal import Journal
from userstatus.lanes import Emission, StreamLane, chunk
from userstatus.parameters import Watch
from userstatus.viewers import Viewer

log = logging.getLogger(__name__)

HEARTBEAT = 20.0  # seconds of silence after which to say something; platforms end what is silent for 55
LINGER = 10.0  # seconds that a viewer gets to take what waits and to hang up, once it has been told goodbye
LAST_WORDS = 0.2  # seconds of that for one who still talks while the server stops
BACK_AFTER = 1000  # milliseconds after which a browser is to connect again


class Handover(Response):
    """The answer to a request whose connection a stream takes over, as soon as Flask is done with it."""

    def __init__(self, stream: Stream):
        super().__init__()
        self.handed_to = stream

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        del self.headers["Content-Type"], self.headers["Content-Length"]
        self.headers.extend([http.NOSNIFF])
        self.handed_to.headers = list(self.headers)
        environ["userstatus.take_over"](self.handed_to.run)
        return []


class Stream(ABC):
    """A viewer's connection. `position` is where it goes on in the log, if it names a cursor."""

    form: Callable[[Emission], bytes]  # a message as it goes to the viewer
    headers: list[tuple[str, str]]  # what else its HTTP answer has to say
    lane: StreamLane
    viewer: Viewer

    def __init__(self, watch: Watch, position: Position | None, fanout: Fanout, follower: Follower):
        self.asked = watch
        self.position = position
        self.fanout = fanout
        self.follower = follower

    def run(self, connection: Any) -> None:
        """Serve the viewer at the other end of the connection until it leaves, or has to."""
        connection.settimeout(HEARTBEAT)
        self.lane = StreamLane(connection, self.fanout.bound, self.form, self.farewell)
        with self.fanout.attending(self.lane) as sid:
            self.viewer = Viewer(sid, self.fanout, self.follower)
            self.lane.write(self.opening())
            try:
                self.begin(*self.asked)
            except Refusal as refusal:
                self.lane.end(CloseReason.POLICY_VIOLATION, refusal.error)
            while self.lane.open and (data := self._received(connection)):
                self.hear(data)
            websocket.drain(connection, LAST_WORDS if self.fanout.ending else LINGER)

    def begin(self, sites: list[str], cursor: Cursor | None, resumes: bool) -> None:
        """Tell a viewer that resumes where it stands, send what it missed and what comes. Raises Refusal."""
        if resumes:
            self.tell("subscribed", {**self.viewer.standing(self.position), "sites": sorted(sites)})
        if cursor is None:
            self.viewer.watch(sites)
        else:
            self.viewer.resume(sites, cursor, self.position)

    @abstractmethod
    def opening(self) -> bytes:
        """The head of the HTTP answer."""

    @abstractmethod
    def tell(self, what: str, content: dict[str, Any]) -> None:
        """Send something that is not a message."""

    @abstractmethod
    def hear(self, data: bytes) -> None:
        """Take what the viewer sends."""

    @abstractmethod
    def beat(self) -> None:
        """Say something, as the viewer has been silent for a while."""

    @abstractmethod
    def farewell(self, code: int, reason: str) -> bytes:
        """The end of the stream, with a close code of RFC 6455."""

    def _received(self, connection: Any) -> bytes:
        """What the viewer sends next; nothing once the connection has ended."""
        while True:
            try:
                data: bytes = connection.recv(websocket.PIECE)
            except TimeoutError:
                if not self.lane.open:
                    return b""
                self.beat()
            except OSError:
                return b""
            else:
                return data


class EventStream(Stream):
    """Server-sent events, as one endless answer.

    A chunk each, where the client knows chunks: some libraries hand on what is not in chunks only once
    they have read a certain amount.
    """

    def __init__(
        self, watch: Watch, position: Position | None, fanout: Fanout, follower: Follower, chunked: bool
    ):
        super().__init__(watch, position, fanout, follower)
        self.chunked = chunked
        self.form = attrgetter("event_chunk" if chunked else "event")

    def begin(self, sites: list[str], cursor: Cursor | None, resumes: bool) -> None:  # noqa: ARG002
        # Every browser comes back with a cursor, so its first connection names one, too.
        standing = {**self.viewer.standing(self.position), "sites": sorted(sites)}
        first = wire.server_sent("subscribed", wire.dump(standing), cursor or self.follower.cursor)
        # Within the first event: by itself, many libraries would take it for an event without any data.
        self._write(f"retry: {BACK_AFTER}\n{first}")
        super().begin(sites, cursor, resumes=False)
        if cursor is not None:
            self.beat()

    def opening(self) -> bytes:
        headers = [
            ("Content-Type", "text/event-stream; charset=utf-8"),
            ("Cache-Control", "no-cache, no-transform"),  # a proxy that compresses would hold events back
            ("Connection", "close"),
            ("Date", http_date()),
            ("X-Accel-Buffering", "no"),  # nginx would keep events until it has enough of them
            *self.headers,
        ]
        if self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode("latin-1")

    def tell(self, what: str, content: dict[str, Any]) -> None:
        self._write(wire.server_sent(what, wire.dump(content)))

    def hear(self, data: bytes) -> None:
        """Nothing: this way has one direction."""

    def beat(self) -> None:
        # Not a comment, which browsers keep from their pages: a page can rely on hearing this.
        end = self.follower.cursor
        self._write(wire.server_sent("caughtup", wire.dump(wire.end_shape(end)), end))

    def farewell(self, code: int, reason: str) -> bytes:  # noqa: ARG002
        closing = self._piece(wire.server_sent("closing", wire.dump({"error": reason})))
        return closing + b"0\r\n\r\n" if self.chunked else closing

    def _write(self, text: str) -> None:
        self.lane.write(self._piece(text))

    def _piece(self, text: str) -> bytes:
        return chunk(text) if self.chunked else text.encode()


class WebSocket(Stream):
    """A plain WebSocket: every frame is one message, and the viewer may post and switch sites."""

    form = attrgetter("websocket")

    def __init__(
        self,
        watch: Watch,
        position: Position | None,
        fanout: Fanout,
        follower: Follower,
        journal: Journal,
        accepted: bytes,
    ):
        super().__init__(watch, position, fanout, follower)
        self.journal = journal
        self._accepted = accepted
        self._incoming = websocket.Incoming(wire.MAX_BODY)
        self._pinged = False
        self._refused = False

    def opening(self) -> bytes:
        return websocket.switching(self._accepted, self.headers)

    def tell(self, what: str, content: dict[str, Any]) -> None:
        self._send({what: content})

    def hear(self, data: bytes) -> None:
        self._pinged = False
        for event in self._incoming.events(data):
            if not self.lane.open:
                return
            self._take(event)

    def beat(self) -> None:
        if self._pinged:
            self.lane.end(CloseReason.GOING_AWAY, "no answer to a ping")
        else:
            self._pinged = True
            self.lane.write(websocket.PING)

    def farewell(self, code: int, reason: str) -> bytes:
        return websocket.closing(code, reason)

    def _take(self, event: str | bytes | Ping | CloseConnection) -> None:
        if isinstance(event, CloseConnection):
            self.lane.end(event.code, event.reason or "")
        elif isinstance(event, Ping):
            self.lane.write(websocket.pong(event.payload))
        else:
            self._do(event.encode() if isinstance(event, str) else event)

    def _do(self, said: bytes) -> None:
        """Do what the viewer asks for, or tell it why not."""
        try:
            action, content = parameters.read_action(said, self._ACTIONS)
            self._ACTIONS[action](self, content)
        except Refusal as refusal:
            if not self._refused:  # one line for each viewer: it is told each time, and may do nothing else
                log.warning("refused what a viewer sent: %s", refusal.error)
            self._refused = True
            self._send(refusal.as_json())

    def _newlog(self, content: dict[str, Any]) -> None:
        warnings: list[str] = []
        message = wire.read_message(content, time.time(), warnings.append)
        (stored,) = self.journal.append([message])
        if self.asked.resumes:  # other viewers know nothing but messages
            self.tell("accepted", {"id": stored, "warnings": warnings})

    def _updatesubscribersite(self, content: dict[str, Any]) -> None:
        wanted = parameters.read_watch(content)
        self.position = wanted.cursor and self.follower.locate(wanted.sites, wanted.cursor)
        self.viewer.leave(self.viewer.sites())
        self.asked = wanted._replace(resumes=wanted.resumes or self.asked.resumes)
        self.begin(*self.asked)

    def _caughtup(self, _: dict[str, Any]) -> None:
        self.tell("caughtup", wire.end_shape(self.follower.cursor))

    def _send(self, content: dict[str, Any]) -> None:
        self.lane.write(websocket.frame(wire.dump(content)))

    _ACTIONS: ClassVar = {
        "newlog": _newlog,
        "updatesubscribersite": _updatesubscribersite,
        "caughtup": _caughtup,
    }


class DataStream(WebSocket):
    """The same in the shape of Photon Ranch's data stream."""

    form = attrgetter("datastream")
