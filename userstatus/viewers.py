"""Viewers of every kind: they watch sites, leave them, and catch up with what they missed."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from userstatus import green, wire
from userstatus.cursor import Cursor
from userstatus.errors import Refusal, Unavailable
from userstatus.fanout import NAMESPACE, Fanout
from userstatus.follower import Follower, Position
from userstatus.lanes import WaitingLane
from userstatus.parameters import MOST_SITES, Query
from userstatus.reader import MOST_TEXT, Reader, chronological
from userstatus.wire import Stored

PAUSE = 0.01  # seconds until a viewer that is slow to read is looked at again
RETRY = 0.5  # seconds to wait for a database that does not answer


class Viewer:
    """One connection, known to fan-out as `sid`, and the sites it watches."""

    def __init__(self, sid: str, fanout: Fanout, follower: Follower):
        self.sid = sid
        self.fanout = fanout
        self.follower = follower
        self.reached = 0  # the last id of the backlog that was sent

    def sites(self) -> list[str]:
        return sorted(room for room in self.fanout.get_rooms(self.sid, NAMESPACE) if room != self.sid)

    def standing(self, position: Position | None = None) -> dict[str, Any]:
        """What a viewer is told that asked for something: its sites, the log's end, and any gap."""
        return {
            "sites": self.sites(),
            **wire.end_shape(self.follower.cursor),
            "gap": position is not None and position.gap,
            "replaced": position is not None and position.replaced,
        }

    def watch(self, sites: Collection[str]) -> None:
        """Take part in what comes from now on. Raises Refusal."""
        if len({*sites, *self.sites()}) > MOST_SITES:
            raise Refusal(f"these are more than {MOST_SITES} sites: send *, which is every site", "site")
        for site in sites:
            self.fanout.basic_enter_room(self.sid, NAMESPACE, site)

    def leave(self, sites: Collection[str]) -> None:
        for site in sites:
            self.fanout.basic_leave_room(self.sid, NAMESPACE, site)

    def catch_up(self, sites: Collection[str], last: int) -> None:
        """Send what was missed after the id, then watch the sites. Raises Unavailable and Refusal."""
        self.reached = last
        self.leave(sites)
        turn = green.Turn()
        for message in self.follower.missed(sites, last):
            self.fanout.deliver_to(self.sid, message)
            self.reached = message.id
            while not self.fanout.has_room(self.sid):
                time.sleep(PAUSE)
            turn.share()
            if not self.fanout.is_here(self.sid):
                return
        if self.fanout.is_here(self.sid):
            self.watch(sites)  # at once: had anything been waited for here, messages could lie in between

    def resume(
        self, sites: Collection[str], cursor: Cursor, position: Position | None = None
    ) -> Position | None:
        """The same, however long the database does not answer; where it went on, if it got as far."""
        while self.fanout.is_here(self.sid):
            try:
                position = position or self.follower.locate(sites, cursor)
                self.catch_up(sites, position.id)
                break
            except Unavailable:
                if position is not None:
                    position = position._replace(id=self.reached)
                time.sleep(RETRY)
        return position


def poll(
    query: Query, seconds: float, reader: Reader, follower: Follower, fanout: Fanout
) -> tuple[list[Stored], bool, Cursor]:
    """The messages asked for; if there are none, as soon as there are, but none after `seconds`.

    Beside them, whether there are more, and the cursor up to which they are complete. The log is read
    once: what comes meanwhile and afterwards is kept as it is delivered. Raises Unavailable.
    """
    deadline = time.monotonic() + seconds
    green.after_others()
    lane = WaitingLane(query, MOST_TEXT)
    with fanout.attending(lane) as sid:
        for site in query.sites:
            fanout.basic_enter_room(sid, NAMESPACE, site)  # before reading, or what comes meanwhile is missed
        end = reader.end()
        lane.begin(end.id)
        found, truncated = reader.recent(query, end.id)
        left = deadline - time.monotonic()
        if found or left <= 0 or not lane.open:
            return found, truncated, end
        lane.came.wait(left)
        green.after_others()  # the same message wakes many
        found = sorted(lane.found, key=chronological)
        return found, lane.truncated, max(end, follower.cursor, key=lambda cursor: cursor.id)
