"""The Socket.IO server: viewers come and go, and every site is a room."""

from __future__ import annotations

import time
from typing import Any, cast

from flask import current_app, request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO, join_room, leave_room, rooms

from userstatus import wire
from userstatus.errors import Refusal
from userstatus.follower import Follower
from userstatus.models import EVERY_SITE
from userstatus.wire import Stored

GOODBYE = 1.0  # seconds in which viewers are to be told that the server stops
MOST_SITES = 1000  # that one viewer may watch

socketio = SocketIO(
    async_mode="eventlet",
    async_handlers=False,  # what a viewer asks for is done in the order in which it asks
    manage_session=False,
)


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


@socketio.on("connect")
def connect(auth: object = None) -> None:
    """Watch the sites in the query (`?site=tst`) or in `auth`, if any."""
    wanted = auth if isinstance(auth, dict) else {}
    try:
        for site in (request.args.get("site"), wanted.get("site")):
            if site:
                _watch(wire.read_sites(site, every=True))
    except Refusal as refusal:
        raise Refused(refusal.error, refusal.as_json()) from None


@socketio.on("subscribe")
def subscribe(wanted: object = None, *_: object) -> dict[str, Any]:
    """Watch further sites: `{"site": "tst"}`, or several with commas or in a list, or `*`."""
    try:
        _watch(_sites(wanted))
    except Refusal as refusal:
        return {"ok": False, **refusal.as_json()}
    return _watching()


@socketio.on("unsubscribe")
def unsubscribe(wanted: object = None, *_: object) -> dict[str, Any]:
    """Watch some sites no longer."""
    try:
        for site in _sites(wanted):
            leave_room(site)
    except Refusal as refusal:
        return {"ok": False, **refusal.as_json()}
    return _watching()


def _sites(wanted: object) -> list[str]:
    if not isinstance(wanted, dict):
        raise Refusal('send an object like {"site": "tst"}')
    return wire.read_sites(wanted.get("site"), every=True)


def _watch(sites: list[str]) -> None:
    if len(sites) + len(_watched()) > MOST_SITES:
        raise Refusal(f"these are more than {MOST_SITES} sites: watch *, which is every site", "site")
    for site in sites:
        join_room(site)


def _watched() -> list[str]:
    return sorted(room for room in rooms() if room != cast(Any, request).sid)


def _watching() -> dict[str, Any]:
    follower: Follower = current_app.extensions["follower"]
    return {"ok": True, "sites": _watched(), "last_id": follower.cursor, "gap": False}
