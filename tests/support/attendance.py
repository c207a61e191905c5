"""Viewers of a fan-out hub in this process."""

from __future__ import annotations

from contextlib import ExitStack

from userstatus.fanout import NAMESPACE, Fanout
from userstatus.lanes import Lane, WaitingLane
from userstatus.parameters import read_query


class Attendance:
    """Viewers that watch sites while a test runs."""

    def __init__(self, fanout: Fanout):
        self.fanout = fanout
        self.stack = ExitStack()

    def viewer(self, *sites: str) -> tuple[str, WaitingLane]:
        """One that keeps what it is sent."""
        lane = WaitingLane(read_query({"site": "*", "after_id": "0"}, now=0), 1000)
        return self.on(lane, *sites), lane

    def on(self, lane: Lane, *sites: str) -> str:
        """One on a channel of the test's own."""
        sid = self.stack.enter_context(self.fanout.attending(lane))
        for site in sites:
            self.fanout.basic_enter_room(sid, NAMESPACE, site)
        return sid
