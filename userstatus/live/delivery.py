"""Delivery: the parts that take messages from the end of a log to its viewers."""

from __future__ import annotations

from userstatus.live.channels import RESTARTED
from userstatus.live.fanout import Fanout, RoomRegistry
from userstatus.live.follower import Follower
from userstatus.live.shedding import Shedding
from userstatus.live.statistics import Statistics
from userstatus.store.log import Log


class Delivery:
    """The follower of a log and the parts it delivers to. Nothing is started yet."""

    def __init__(self, log: Log, rooms: RoomRegistry):
        self.fanout = Fanout(rooms)
        self.shedding = Shedding(self.fanout)
        self.statistics = Statistics(log.reader)
        self.follower = Follower(
            log.reader,
            log.journal.wake_up,
            listeners=[self.fanout.deliver, self.statistics.add],
            reload=self.statistics.load,
            disconnect=lambda: self.fanout.disconnect_all(RESTARTED, "the log was replaced: resume"),
        )
