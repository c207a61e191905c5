"""By how much the event loop is late: whatever runs too long without yielding delays everybody."""

from __future__ import annotations

import time

from userstatus.instruments.counts import Histogram

INTERVAL_S = 0.25  # between two looks


class LoopLag(Histogram):
    """How many seconds later than asked for the event loop woke this up."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)

    def run(self) -> None:
        """Look forever."""
        while True:
            self.look()

    def look(self) -> None:
        """Sleep once, and note how late it became."""
        due = time.monotonic() + INTERVAL_S
        time.sleep(INTERVAL_S)
        self.observe(max(0.0, time.monotonic() - due))
