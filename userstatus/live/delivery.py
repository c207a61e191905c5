"""Delivery: the parts that take messages from the end of a log to its viewers."""

from __future__ import annotations

from collections.abc import Callable

from userstatus.live.channels import RESTARTED
from userstatus.live.fanout import Fanout, RoomRegistry
from userstatus.live.follower import Follower
from userstatus.live.shedding import Shedding
from userstatus.live.statistics import Statistics
from userstatus.message import Cursor, Message
from userstatus.store.log import Log


class Delivery:
    """The follower of a log and the parts it delivers to. Nothing is started yet.

    `listeners` take each message once it is delivered; `loaders` start over with the log up to a cursor.
    """

    def __init__(self, log: Log, rooms: RoomRegistry):
        self.fanout = Fanout(rooms)
        self.shedding = Shedding(self.fanout)
        self.statistics = Statistics(log.reader)
        self.listeners: list[Callable[[Message], None]] = [self.statistics.add]
        self.loaders: list[Callable[[Cursor], None]] = [self.statistics.load]
        self.follower = Follower(
            log.reader,
            log.journal.wake_up,
            listeners=self.listeners,
            deliver=self.fanout.deliver,
            reload=self.load,
            disconnect=lambda: self.fanout.disconnect_all(RESTARTED, "the log was replaced: resume"),
        )

    def load(self, end: Cursor) -> None:
        """Start over with what is in the log up to `end`. Raises Unavailable."""
        for loader in self.loaders:
            loader(end)
