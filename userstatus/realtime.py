"""The Socket.IO server: viewers come, go and resume, and every site is a room."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, cast

from flask import current_app, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO

from userstatus import green, wire
from userstatus.errors import Refusal, Unavailable
from userstatus.fanout import Fanout
from userstatus.follower import Follower
from userstatus.models import EVERY_SITE
from userstatus.wire import Stored

PAUSE = 0.01  # seconds until a viewer that is slow to read is looked at again
RETRY = 0.5  # seconds to wait for a database that does not answer
GOODBYE = 1.0  # seconds in which viewers are to be told that the server stops


class OneLine(logging.Filter):
    """What the libraries report of a viewer's odd packets, without a traceback for each of them."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]!r}", ()
            record.exc_info = None
        return record.levelno >= logging.WARNING


log = logging.getLogger("userstatus.socketio")
log.addFilter(OneLine())

socketio = SocketIO(
    async_mode="eventlet",
    async_handlers=False,  # what a viewer asks for is done in the order in which it asks
    max_http_buffer_size=64 * 1024,  # bytes that a viewer may say at once
    logger=log,
    engineio_logger=log,
    manage_session=False,
)
_resuming: dict[str, Any] = {}  # the green threads of viewers that connected with a cursor


def deliver(message: Stored) -> None:
    """Push a message to everyone who watches its site; to whoever watches it twice, once."""
    socketio.emit("newlog", wire.live_shape(message), to=[message.site, EVERY_SITE])


def say_goodbye() -> None:
    """Close every connection in an orderly way, once what is on its way to the viewer is sent."""
    engine = socketio.server.eio
    for viewer in list(engine.sockets.values()):
        viewer.close(wait=False, abort=True)  # an Engine.IO CLOSE packet would keep some from coming back
    deadline = time.monotonic() + GOODBYE
    while engine.sockets and time.monotonic() < deadline:
        time.sleep(0.01)


class Viewer:
    """One Socket.IO connection, and the sites it watches."""

    def __init__(self, sid: str, follower: Follower):
        self.sid = sid
        self.follower = follower

    @property
    def here(self) -> bool:
        return socketio.server.manager.eio_sid_from_sid(self.sid, "/") is not None

    def sites(self) -> list[str]:
        return sorted(room for room in socketio.server.rooms(self.sid) if room != self.sid)

    def watch(self, sites: Sequence[str]) -> None:
        """Take part in what comes from now on. Raises Refusal."""
        if len({*sites, *self.sites()}) > wire.MOST_SITES:
            raise Refusal(f"these are more than {wire.MOST_SITES} sites: send *, which is every site", "site")
        for site in sites:
            socketio.server.enter_room(self.sid, site)

    def leave(self, sites: Sequence[str]) -> None:
        for site in sites:
            socketio.server.leave_room(self.sid, site)

    def catch_up(self, sites: Sequence[str], cursor: int) -> Iterator[int]:
        """Send what was missed after the cursor, yielding each id that was sent, then watch the sites.

        Raises Unavailable and Refusal.
        """
        fanout: Fanout = socketio.server.manager
        self.leave(sites)
        for message in self.follower.missed(sites, cursor):
            socketio.emit("newlog", wire.live_shape(message), to=self.sid)
            yield message.id
            while not fanout.has_room(self.sid):
                time.sleep(PAUSE)
            if not self.here:
                return
        self.watch(sites)  # at once: had anything been waited for here, messages could lie in between

    def answer(self, gap: bool = False) -> dict[str, Any]:
        """What `subscribe` and `unsubscribe` are acknowledged with."""
        return {"ok": True, "sites": self.sites(), "last_id": self.follower.cursor, "gap": gap}


@socketio.on("connect")
def connect(auth: object = None) -> None:
    """Watch the sites in the query (`?site=tst`) or in `auth`, if any.

    Who names its cursor, `after_id`, gets what it missed, and then the event `subscribed` with the same
    content as an acknowledgement; a cursor of null is that of a viewer who has not seen anything yet.
    """
    sid = cast(Any, request).sid
    if socketio.server.manager.is_connected(sid, "/"):
        return  # `connect` as an event of its own making, from one who is connected
    viewer = Viewer(sid, current_app.extensions["follower"])
    try:
        wanted = {**request.args, **_object(auth or {})}
        sites = [] if wanted.get("site") in (None, "") else wire.read_sites(wanted["site"], every=True)
        cursor = wire.read_cursor(wanted.get("after_id"))
        if cursor is None:
            viewer.watch(sites)
    except Refusal as refusal:
        raise Refused(refusal.error, refusal.as_json()) from None
    if "after_id" in wanted:
        # Not here, as nothing can be sent before this handler has accepted the connection.
        _resuming[viewer.sid] = green.spawn(_resume, viewer, sites, cursor)


def _resume(viewer: Viewer, sites: Sequence[str], cursor: int | None) -> None:
    gap = False
    try:
        while cursor is not None and viewer.here:
            try:
                gap = gap or viewer.follower.gap(sites, cursor)
                for sent in viewer.catch_up(sites, cursor):
                    cursor = sent
                break
            except Unavailable:
                time.sleep(RETRY)
        socketio.emit("subscribed", viewer.answer(gap), to=viewer.sid)
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
            return viewer.answer()
        gap = viewer.follower.gap(sites, cursor)
        deque(viewer.catch_up(sites, cursor), maxlen=0)
        return viewer.answer(gap)
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
    return viewer.answer()


def _viewer() -> Viewer:
    """The viewer whose event is handled, once it has caught up with what it missed before it connected."""
    sid = cast(Any, request).sid
    if sid in _resuming:
        _resuming[sid].wait()
    return Viewer(sid, current_app.extensions["follower"])


def _wanted(wanted: object) -> tuple[list[str], int | None]:
    content = _object(wanted)
    return wire.read_sites(content.get("site"), every=True), wire.read_cursor(content.get("after_id"))


def _object(content: object) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise Refusal('send an object like {"site": "tst"}')
    return content
