"""The clock that silence is measured by."""

from __future__ import annotations

import time
from collections.abc import Callable

# Python's monotonic clock stands still while the machine sleeps; on Linux, this one does not.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Seconds by a clock that is never set."""
    return time.clock_gettime(STEADY)


class Clock:
    """A clock that shows unix seconds, goes on from the wall clock as it is now, and is never set.

    `wall` is the wall clock, by which the service dates what it receives.
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = steady):
        self.wall = wall
        self._steady = steady
        self._offset = wall() - steady()

    def now(self) -> float:
        """The present time."""
        return self._steady() + self._offset

    def when(self, received_at: float) -> float:
        """When something was received, by this clock, given the time by the wall clock; now at the latest."""
        return self.now() - max(0.0, self.wall() - received_at)

    def dated(self, at: float) -> float:
        """What the wall clock would have shown at a time by this clock, as it is set now."""
        return self.wall() - (self.now() - at)
