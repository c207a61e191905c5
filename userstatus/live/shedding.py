"""Load shedding: what all viewers together may take of the memory.

Each viewer has a bound of its own, but there may be thousands: one client can open that many sessions by
polling. The greediest are disconnected first, and can resume.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from userstatus.live.channels import Channel
from userstatus.live.fanout import Fanout

log = logging.getLogger(__name__)

INTERVAL_S = 1.0  # between two checks
MAX_WAITING_BYTES = 256 * 1024**2  # that may wait for all viewers together
MAX_SUBSCRIPTIONS = 500_000  # sites watched, counted for each viewer; one takes up to 700 bytes
TARGET_SHARE = 0.5  # share of the maximum that is left afterwards


class Shedding:
    """Checks again and again whether the viewers of a fan-out hub take too much together."""

    def __init__(self, fanout: Fanout):
        self.fanout = fanout

    def run(self) -> None:
        """Check forever."""
        while True:
            time.sleep(INTERVAL_S)
            try:
                self.check()
            except Exception:  # nobody else checks: whatever it is, it goes on
                log.exception("the load of viewers could not be checked")

    def check(self) -> None:
        """Disconnect viewers until what is left is well within the bounds."""
        waiting, subscriptions = self.fanout.load()
        if waiting > MAX_WAITING_BYTES:
            loads = ((channel.size, channel) for channel in self.fanout.channels())
            _shed("bytes wait for all viewers", MAX_WAITING_BYTES, loads)
        if subscriptions > MAX_SUBSCRIPTIONS:
            _shed("sites are watched by all viewers", MAX_SUBSCRIPTIONS, self.fanout.subscriptions())


def _shed(what: str, bound: int, loads: Iterable[tuple[int, Channel]]) -> None:
    greediest_first = sorted(loads, key=lambda each: each[0], reverse=True)
    total = sum(size for size, _ in greediest_first)
    log.warning("%d %s, more than %d: those with the most are disconnected", total, what, bound)
    for size, channel in greediest_first:
        if total <= bound * TARGET_SHARE:
            return
        channel.disconnect()
        total -= size
