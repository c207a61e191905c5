"""The Socket.IO server: viewers come, go and resume, and every site is a room."""

from __future__ import annotations

import logging
import time
from typing import Any, cast

from flask import current_app, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO

from userstatus import engine, green, parameters
from userstatus.cursor import Cursor
from userstatus.errors import Refusal
from userstatus.viewers import Viewer

MAX_LINE = 500  # characters in a line of the log
MOST_LINES = 10  # of what viewers cause, within a second; more say nothing new, and fill the disk


class OneLine(logging.Filter):
    """What is reported of viewers' odd packets: one line for each, and not too many of them."""

    def __init__(self) -> None:
        super().__init__()
        self._second = self._lines = 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or self._is_too_much():
            return False
        text = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            text = f"{text}: {record.exc_info[1]!r}"
        record.msg = text if len(text) <= MAX_LINE else text[: MAX_LINE - 1] + "…"
        record.args, record.exc_info = (), None
        return True

    def _is_too_much(self) -> bool:
        second = int(time.monotonic())
        self._lines = self._lines + 1 if second == self._second else 1
        self._second = second
        return self._lines > MOST_LINES


log = logging.getLogger("userstatus.socketio")
log.addFilter(OneLine())

socketio = SocketIO(
    async_mode="eventlet",
    async_handlers=False,  # what a viewer asks for is done in the order in which it asks
    max_http_buffer_size=64 * 1024,  # bytes that a viewer may say at once
    logger=log,
    engineio_logger=log,
    manage_session=False,
    serializer=engine.Packet,
)
_resuming: dict[str, Any] = {}  # the green threads of viewers that connected with a cursor


@socketio.on("connect")
def connect(auth: object = None) -> None:
    """Watch the sites in the query (`?site=tst`) or in `auth`, if any.

    Who names its cursor, `after_id`, gets what it missed, and then the event `subscribed` with the same
    content as an acknowledgement; a cursor of null is that of a viewer who has not seen anything yet.
    """
    sid = cast(Any, request).sid
    if socketio.server.manager.is_connected(sid, "/"):
        return  # `connect` as an event of its own making, from one who is connected
    viewer = _at(sid)
    try:
        wanted = {**request.args, **_object(auth or {})}
        sites = [] if wanted.get("site") in (None, "") else parameters.read_sites(wanted["site"], every=True)
        cursor = parameters.read_cursor(wanted.get("after_id"))
        if cursor is None:
            viewer.watch(sites)
    except Refusal as refusal:
        raise Refused(refusal.error, refusal.as_json()) from None
    if "after_id" in wanted:
        # Not here, as nothing can be sent before this handler has accepted the connection.
        _resuming[sid] = green.spawn(_resume, viewer, sites, cursor)


def _resume(viewer: Viewer, sites: list[str], cursor: Cursor | None) -> None:
    try:
        position = None if cursor is None else viewer.resume(sites, cursor)
        socketio.emit("subscribed", {"ok": True, **viewer.standing(position)}, to=viewer.sid)
    finally:
        del _resuming[viewer.sid]


@socketio.on("subscribe")
def subscribe(wanted: object = None, *_: object) -> dict[str, Any]:
    """Watch further sites: `{"site": "tst"}`, or several with commas or in a list, or `*`.

    With `after_id`, what was missed comes first.
    """
    viewer = _viewer()
    try:
        sites, cursor = _wanted(wanted)
        if cursor is None:
            viewer.watch(sites)
            return {"ok": True, **viewer.standing()}
        position = viewer.follower.locate(sites, cursor)
        viewer.catch_up(sites, position.id)
        return {"ok": True, **viewer.standing(position)}
    except Refusal as refusal:
        return {"ok": False, **refusal.as_json()}


@socketio.on("unsubscribe")
def unsubscribe(wanted: object = None, *_: object) -> dict[str, Any]:
    """Watch some sites no longer."""
    viewer = _viewer()
    try:
        viewer.leave(_wanted(wanted)[0])
    except Refusal as refusal:
        return {"ok": False, **refusal.as_json()}
    return {"ok": True, **viewer.standing()}


def _viewer() -> Viewer:
    """The viewer whose event is handled, once it has caught up with what it missed before it connected."""
    sid = cast(Any, request).sid
    if sid in _resuming:
        _resuming[sid].wait()
    return _at(sid)


def _at(sid: str) -> Viewer:
    return Viewer(sid, current_app.extensions["fanout"], current_app.extensions["follower"])


def _wanted(wanted: object) -> tuple[list[str], Cursor | None]:
    content = _object(wanted)
    return parameters.read_sites(content.get("site"), every=True), parameters.read_cursor(
        content.get("after_id")
    )


def _object(content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise Refusal('send an object like {"site": "tst"}')
    return content
