"""Subscriptions: viewers of every kind watch sites, leave them, and catch up on what they missed."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import Any

from userstatus import eventloop
from userstatus.errors import Rejection, Unavailable
from userstatus.live.channels import WaitingChannel
from userstatus.live.encodings import end_shape, in_pieces
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Follower, Position
from userstatus.live.permits import OPEN, Permit
from userstatus.live.requests import MAX_SITES
from userstatus.message import Cursor, Message
from userstatus.store.reader import MAX_TEXT_CHARS, Query, Reader, chronological

PAUSE_S = 0.01  # until a viewer that is slow to read is checked again
RETRY_S = 0.5  # after which to retry when the database does not respond


class Viewer:
    """One connection, known to fan-out as `sid`, and the sites it watches."""

    def __init__(self, sid: str, fanout: Fanout, follower: Follower):
        self.sid = sid
        self.fanout = fanout
        self.follower = follower
        self.reached = 0  # the last id of the backlog that was sent

    def sites(self) -> list[str]:
        """The sites it watches, in alphabetical order."""
        return self.fanout.sites_of(self.sid)

    def status(self, position: Position | None = None) -> dict[str, Any]:
        """A viewer's subscription status: its sites, the log's end, and any gap."""
        return {
            "sites": self.sites(),
            **end_shape(self.follower.cursor),
            "gap": position is not None and position.gap,
            "replaced": position is not None and position.replaced,
        }

    def watch(self, sites: Collection[str]) -> None:
        """Receive messages of these sites from now on. Raises Rejection."""
        self.fanout.permit_of(self.sid).check(sites)
        if len({*sites, *self.sites()}) > MAX_SITES:
            raise Rejection(f"these are more than {MAX_SITES} sites: send *, which is every site", "site")
        self.fanout.watch(self.sid, sites)

    def leave(self, sites: Collection[str]) -> None:
        """Stop watching these sites."""
        self.fanout.leave(self.sid, sites)

    def catch_up(self, sites: Collection[str], last: int) -> None:
        """Send what was missed after the id, then watch the sites. Raises Unavailable and Rejection."""
        self.fanout.permit_of(self.sid).check(sites)
        self.reached = last
        self.leave(sites)
        time_slice = eventloop.TimeSlice()
        for page in self.follower.missed(sites, last):
            for some in in_pieces(page, self.fanout.bound // 2):
                self.fanout.deliver_to(self.sid, some)
                self.reached = some[-1].id
                while not self.fanout.has_room(self.sid):
                    time.sleep(PAUSE_S)
                time_slice.maybe_yield()
                if not self.fanout.is_here(self.sid):
                    return
        if self.fanout.is_here(self.sid):
            self.watch(sites)  # must not wait in between, or messages could be lost

    def resume(
        self, sites: Collection[str], cursor: Cursor, position: Position | None = None
    ) -> Position | None:
        """Catch up after a cursor, retrying until the database responds; returns where it continued."""
        while self.fanout.is_here(self.sid):
            try:
                position = position or self.follower.locate(sites, cursor)
                self.catch_up(sites, position.id)
                break
            except Unavailable:
                if position is not None:
                    position = position._replace(id=self.reached)
                time.sleep(RETRY_S)
        return position


def poll(
    query: Query,
    seconds: float,
    reader: Reader,
    follower: Follower,
    fanout: Fanout,
    permit: Permit = OPEN,
    address: str = "",
) -> tuple[list[Message], bool, Cursor]:
    """The matching messages; if there are none, wait for some, for at most `seconds`.

    Also returns whether there are more, and the cursor up to which the result is complete. The log is read
    once: messages that arrive during and after that are kept as they are delivered. Nobody waits for a time
    or an id that has passed. Raises Unavailable.
    """
    if query.received_before is not None:
        seconds = min(seconds, query.received_before - reader.expiry.clock())
    deadline = time.monotonic() + seconds
    eventloop.yield_if_due()
    channel = WaitingChannel(query, MAX_TEXT_CHARS)
    with fanout.registered(channel, permit, address) as sid:
        fanout.watch(sid, query.sites)  # before reading, or messages that arrive meanwhile are missed
        end = reader.end()
        channel.begin(end.id)
        found, truncated = reader.recent(query, end.id)
        left = deadline - time.monotonic()
        over = query.before_id is not None and query.before_id <= end.id + 1
        if found or left <= 0 or over or not channel.open:
            return found, truncated, _reached(query, found, truncated, end)
        channel.arrived.wait(left)
        eventloop.yield_if_due()  # the same message wakes up many requests
        found = sorted(channel.found, key=chronological)
        end = max(end, follower.cursor, key=lambda cursor: cursor.id)
        return found, channel.truncated, _reached(query, found, channel.truncated, end)


def _reached(query: Query, found: Sequence[Message], truncated: bool, end: Cursor) -> Cursor:
    """The cursor up to which the result is complete: the end, unless newer messages were left out."""
    return max(found, key=lambda message: message.id).cursor if query.oldest and truncated else end
