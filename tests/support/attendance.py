"""Viewers of a fan-out hub in this process."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from flask import Flask

from userstatus.live import socketio
from userstatus.live.channels import Channel, WaitingChannel
from userstatus.live.fanout import Fanout
from userstatus.live.seats import Seats
from userstatus.live.viewer_socket import ViewerSocket
from userstatus.sockets import DetachedSocket
from userstatus.web.parameters import read_query


def rooms(bound: int = 1000) -> socketio.Rooms:
    """The rooms of a Socket.IO server that nobody has connected to."""
    found = socketio.Rooms(bound, Seats(None, None), upgrade_headers=[("X-Upgraded", "1")])
    logger = logging.Logger("unused", logging.CRITICAL)
    socketio.create(Flask("unused"), found, lambda *_: True, credentials=False, logger=logger)
    return found


def engine_viewer(
    rooms: socketio.Rooms, socket: DetachedSocket | None = None, polls: bool = False
) -> ViewerSocket:
    """A viewer's Engine.IO connection, over a WebSocket if there is one; it may have polled before."""
    viewer = ViewerSocket(rooms.server.eio, "engine")
    rooms.sockets["engine"] = viewer
    viewer.connected = polls
    if socket is not None:
        viewer.attach(socket, b"HEAD\n")
    return viewer


class Attendance:
    """Viewers that watch sites while a test runs."""

    def __init__(self, fanout: Fanout):
        self.fanout = fanout
        self.stack = ExitStack()

    def viewer(self, *sites: str) -> tuple[str, WaitingChannel]:
        """One that keeps what it is sent."""
        channel = WaitingChannel(read_query({"site": "*", "after_id": "0"}, now=0), 1000)
        return self.on(channel, *sites), channel

    def on(self, channel: Channel, *sites: str) -> str:
        """One on a channel of the test's own."""
        sid = self.stack.enter_context(self.fanout.registered(channel))
        self.fanout.watch(sid, sites)
        return sid
