"""The heartbeat: how the service finds out that it was down, all of its processes together."""

from __future__ import annotations

from typing import NamedTuple

from userstatus.duty.clock import Clock
from userstatus.store.heartbeat import HeartbeatRow

EVERY_S = 10  # between two heartbeats
MAX_PAUSE_S = 60  # without one that is nothing to talk of, as a restart takes a while


class Period(NamedTuple):
    """A period, in unix seconds."""

    since: float
    until: float


class Heartbeat:
    """Shows the other processes, and those to come, that this one is up. Methods raise Unavailable.

    A process is not up while it is suspended, or while the machine sleeps, or the database is away.
    """

    def __init__(self, row: HeartbeatRow, clock: Clock):
        self.row = row
        self.clock = clock
        self._last: float | None = None  # when this process was last known to be up
        self._has_stopped = False

    @property
    def is_due(self) -> bool:
        return self._last is None or self.clock.now() - self._last >= EVERY_S

    def pause(self) -> Period | None:
        """The period since which no process was up until now, if it was long. Beats will only come later."""
        own = None if self._last is None else self.clock.now() - self._last
        if own is not None and own <= MAX_PAUSE_S:
            return None  # without a query
        at = self.row.read()
        if at is None:
            return None
        # If the wall clock was set while this process was up, its own time tells what has really passed.
        passed = self.clock.wall() - at
        passed = passed if own is None else min(passed, own)
        return Period(at, at + passed) if passed > MAX_PAUSE_S else None

    def beat(self) -> None:
        """This process is up."""
        self.row.renew(int(self.clock.wall()))
        self._last = self.clock.now()
        self._has_stopped = False

    def stop(self) -> None:
        """Nobody cares whether a process is up, so that the time until the next beat is no pause."""
        if not self._has_stopped:
            if self.row.read() is not None:
                self.row.delete()
            self._last, self._has_stopped = None, True
