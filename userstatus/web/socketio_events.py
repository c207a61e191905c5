"""The events of Socket.IO viewers: connect, subscribe, unsubscribe. Every site is a room."""

from __future__ import annotations

import logging
import time
from typing import Any
from urllib.parse import parse_qs

from flask import Flask, request

from userstatus import eventloop
from userstatus.access import credentials
from userstatus.errors import Rejection
from userstatus.live import socketio
from userstatus.live.delivery import Delivery
from userstatus.live.permits import Permit
from userstatus.live.requests import read_cursor, read_sites
from userstatus.live.subscriptions import Viewer
from userstatus.message import Cursor
from userstatus.store.keys import READ
from userstatus.web import rejections
from userstatus.web.cors import Origins
from userstatus.web.doors import Doors

MAX_LINE_CHARS = 500  # in a line of the log
MAX_LINES = 10  # per second that viewers can cause; more would say nothing new, and fill the disk


class OneLine(logging.Filter):
    """Shortens what the libraries log about viewers' packets to one line each, and limits their number."""

    def __init__(self) -> None:
        super().__init__()
        self._second = self._lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or self._is_too_much():
            return False
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text = f"{text}: {type(record.exc_info[1]).__name__}"  # what it says may quote a key
        record.msg = text if len(text) <= MAX_LINE_CHARS else text[: MAX_LINE_CHARS - 1] + "…"
        record.args, record.exc_info = (), None
        return True

    def _is_too_much(self) -> bool:
        second = int(time.monotonic())
        self._lines = self._lines + 1 if second == self._second else 1
        self._second = second
        return self._lines > MAX_LINES


def library_log() -> logging.Logger:
    """A logger for the libraries of one service, so that each service has its own limit on lines."""
    logger = logging.Logger("userstatus.socketio")
    logger.parent = logging.getLogger("userstatus")
    logger.addFilter(OneLine())
    return logger


class SocketIOEvents:
    """The event handlers of one service's Socket.IO server, `server`."""

    def __init__(self, app: Flask, rooms: socketio.Rooms, delivery: Delivery, origins: Origins, doors: Doors):
        self.delivery = delivery
        self.doors = doors
        self.rooms = rooms
        self._resuming: dict[str, Any] = {}  # the greenlets of viewers that connected with a cursor
        # The service sets no cookies, but a load balancer may; not allowed if every origin is.
        self.server = socketio.create(app, rooms, origins.allows, not origins.every, library_log())
        self._behind, app.wsgi_app = app.wsgi_app, self._handshake  # type: ignore[method-assign]
        self.origins = origins
        self.server.on("connect")(self.connect)
        self.server.on("subscribe")(self.subscribe)
        self.server.on("unsubscribe")(self.unsubscribe)

    def _handshake(self, environ: dict[str, Any], start_response: Any) -> Any:
        """WSGI middleware: a viewer of Socket.IO that is new needs a seat, before anything is kept of it."""
        live = environ["PATH_INFO"].startswith("/socket.io")
        is_new = live and "sid" not in parse_qs(environ["QUERY_STRING"])  # as the library finds out
        if is_new and environ["REQUEST_METHOD"] != "OPTIONS":
            try:
                self.rooms.seats.check(environ["REMOTE_ADDR"])
            except Rejection as rejection:
                status, headers, body = rejections.of(rejection, environ).as_response()
                start_response(status, [*headers, *self.origins.headers(environ)])
                return [body]
        return self._behind(environ, start_response)

    def connect(self, auth: object = None) -> None:
        """Watch the sites in the query (`?site=tst`) or in `auth`, if any.

        Clients that connect with `after_id` first receive what they missed, and then a `subscribed` event
        with the same payload as an acknowledgement. If it is null, they have not seen anything yet.
        """
        sid = _sid()
        if self.rooms.is_connected(sid, socketio.NAMESPACE):
            return  # an event named `connect`, from a viewer that is connected already
        viewer = self._viewer(sid)
        try:
            wanted = {**request.args, **_object(auth or {})}
            permit = self._admit(sid, wanted.get("key"))
            sites = [] if wanted.get("site") in (None, "") else read_sites(wanted["site"], every=True)
            permit.check(sites)
            cursor = read_cursor(wanted.get("after_id"))
            if cursor is None:
                viewer.watch(sites)
        except Rejection as rejection:
            self._count(rejection)
            raise socketio.ConnectionRefused(rejection.error, rejection.as_json()) from None
        if "after_id" in wanted:
            # In a greenlet, as nothing can be sent before this handler has accepted the connection.
            self._resuming[sid] = eventloop.spawn(self._resume, viewer, sites, cursor)

    def _admit(self, sid: str, secret: object) -> Permit:
        """What the viewer may watch, by its key if it sent one. Raises Rejection if it may not read."""
        if secret is not None and not isinstance(secret, str):
            raise Rejection('key is not text: send {"key": "us_…"}', "key")
        address = request.environ["REMOTE_ADDR"]
        own = None if secret is None else credentials.ours(secret)
        key = self.doors.access.check(READ, own or self.doors.secret(), address)
        permit = self.doors.permit_of(key, address)
        self.delivery.fanout.admit(sid, permit)
        return permit

    def _resume(self, viewer: Viewer, sites: list[str], cursor: Cursor | None) -> None:
        try:
            position = None if cursor is None else viewer.resume(sites, cursor)
            self.server.emit("subscribed", {"ok": True, **viewer.status(position)}, to=viewer.sid)
        except Rejection as rejection:  # its key was revoked meanwhile
            self.server.emit("subscribed", {"ok": False, **rejection.as_json()}, to=viewer.sid)
        finally:
            del self._resuming[viewer.sid]

    def subscribe(self, wanted: object = None, *_: object) -> dict[str, Any]:
        """Watch more sites: `{"site": "tst"}`; several as a list or separated by commas, or `*` for all.

        With `after_id`, the missed messages come first.
        """
        viewer = self._resumed_viewer()
        try:
            sites, cursor = _wanted(wanted)
            if cursor is None:
                viewer.watch(sites)
                return {"ok": True, **viewer.status()}
            position = viewer.follower.locate(sites, cursor)
            viewer.catch_up(sites, position.id)
            return {"ok": True, **viewer.status(position)}
        except Rejection as rejection:
            self._count(rejection)
            return {"ok": False, **rejection.as_json()}

    def unsubscribe(self, wanted: object = None, *_: object) -> dict[str, Any]:
        """Stop watching some sites."""
        viewer = self._resumed_viewer()
        try:
            viewer.leave(_wanted(wanted)[0])
        except Rejection as rejection:
            self._count(rejection)
            return {"ok": False, **rejection.as_json()}
        return {"ok": True, **viewer.status()}

    def _count(self, rejection: Rejection) -> None:
        self.delivery.fanout.rejected[str(rejection.status)] += 1

    def _resumed_viewer(self) -> Viewer:
        """The viewer whose event is being handled, once it has caught up."""
        sid = _sid()
        if sid in self._resuming:
            self._resuming[sid].wait()
        return self._viewer(sid)

    def _viewer(self, sid: str) -> Viewer:
        return Viewer(sid, self.delivery.fanout, self.delivery.follower)


def _sid() -> str:
    """The `sid` of the viewer whose event is being handled; Flask-SocketIO adds it to Flask's request."""
    sid: str = request.sid  # type: ignore[attr-defined]
    return sid


def _wanted(wanted: object) -> tuple[list[str], Cursor | None]:
    content = _object(wanted)
    return read_sites(content.get("site"), every=True), read_cursor(content.get("after_id"))


def _object(content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise Rejection('send an object like {"site": "tst"}')
    return content
