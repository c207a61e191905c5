"""What all viewers together may take of the memory: the greediest are disconnected first, and can resume.

Each has a bound of its own, but there may be thousands: one client can open that many sessions by polling.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from userstatus.fanout import NAMESPACE, Fanout
from userstatus.lanes import Lane

log = logging.getLogger(__name__)

INTERVAL = 1.0  # seconds between two looks
MAX_WAITING = 256 * 1024**2  # bytes that may wait for all viewers together
MAX_SUBSCRIPTIONS = 500_000  # sites watched, counted once for each viewer; one takes up to 700 bytes
REST = 0.5  # how much of it is left when they have gone


class Shedding:
    """Looks again and again whether the viewers of a fan-out hub take too much together."""

    def __init__(self, fanout: Fanout):
        self.fanout = fanout

    def run(self) -> None:
        """Look for ever."""
        while True:
            time.sleep(INTERVAL)
            try:
                self.look()
            except Exception:  # nobody else looks: whatever it is, it goes on
                log.exception("the viewers could not be looked at")

    def look(self) -> None:
        """Disconnect viewers until what is left is well within the bounds."""
        fanout = self.fanout
        waiting, subscriptions = fanout.load()
        if waiting <= MAX_WAITING and subscriptions <= MAX_SUBSCRIPTIONS:
            return
        connections = [*fanout.server.eio.sockets, *fanout.lanes]
        lanes = {each: lane for each in connections if (lane := fanout.lane_of(each))}
        _shed("bytes wait for all viewers", MAX_WAITING, ((lane.size, lane) for lane in lanes.values()))
        watching = (
            (len(fanout.get_rooms(sid, NAMESPACE)), lanes[connection])
            for sid, connection in fanout.get_participants(NAMESPACE, None)
            if connection in lanes
        )
        _shed("sites are watched by all viewers", MAX_SUBSCRIPTIONS, watching)


def _shed(what: str, bound: int, taken: Iterable[tuple[int, Lane]]) -> None:
    greediest_first = sorted(taken, key=lambda each: each[0], reverse=True)
    total = sum(size for size, _ in greediest_first)
    if total <= bound:
        return
    log.warning("%d %s, more than %d: those with the most are disconnected", total, what, bound)
    for size, lane in greediest_first:
        if total <= bound * REST:
            return
        lane.cut_off()
        total -= size
