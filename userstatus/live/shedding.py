"""Load shedding: limits the memory that all viewers together may take.

Each viewer has a limit of its own, but there may be thousands: a single client can open that many polling
sessions. The viewers that use the most are disconnected first; they can resume.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from userstatus.live.channels import Channel
from userstatus.live.fanout import Fanout

log = logging.getLogger(__name__)

INTERVAL_S = 1.0  # between two checks
MAX_WAITING_BYTES = 256 * 1024**2  # waiting for all viewers together
MAX_SUBSCRIPTIONS = 500_000  # pairs of viewer and site; each takes up to 700 bytes
TARGET_SHARE = 0.5  # of the maximum, to which the load is reduced


class Shedding:
    """Checks periodically whether the viewers of a fan-out hub together take too much memory."""

    def __init__(self, fanout: Fanout):
        self.fanout = fanout

    def run(self) -> None:
        """Check forever."""
        while True:
            time.sleep(INTERVAL_S)
            try:
                self.check()
            except Exception:  # nothing else checks, so it must continue after any error
                log.exception("could not check the load of viewers")

    def check(self) -> None:
        """Disconnect viewers until the load is well within the limits."""
        waiting, subscriptions = self.fanout.load()
        if waiting > MAX_WAITING_BYTES:
            loads = ((channel.size, channel) for channel in self.fanout.channels())
            _shed("bytes wait for all viewers", MAX_WAITING_BYTES, loads)
        if subscriptions > MAX_SUBSCRIPTIONS:
            _shed("sites are watched by all viewers", MAX_SUBSCRIPTIONS, self.fanout.subscriptions())


def _shed(what: str, bound: int, loads: Iterable[tuple[int, Channel]]) -> None:
    heaviest_first = sorted(loads, key=lambda each: each[0], reverse=True)
    total = sum(size for size, _ in heaviest_first)
    log.warning("%d %s, more than %d: disconnecting those with the most", total, what, bound)
    for size, channel in heaviest_first:
        if total <= bound * TARGET_SHARE:
            return
        channel.disconnect()
        total -= size
