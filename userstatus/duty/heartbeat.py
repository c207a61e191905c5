"""The heartbeat: how the service finds out that it was down, all of its processes together."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from userstatus.duty.clock import Clock
from userstatus.store.heartbeat import Beat, HeartbeatRow

EVERY_S = 10  # between two heartbeats
FIRST_EVERY_S, FIRST_S = 1, 60  # and at first, as a process that is killed soon was up nevertheless
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
        self._began = clock.now()
        self._has_stopped = False

    @property
    def is_due(self) -> bool:
        now = self.clock.now()
        every = FIRST_EVERY_S if now - self._began < FIRST_S else EVERY_S
        return self._last is None or now - self._last >= every

    def pause(self) -> Period | None:
        """The period since which no process was up until now, if it was long. Beats will only come later."""
        own = None if self._last is None else self.clock.now() - self._last
        if own is not None and own <= MAX_PAUSE_S:
            return None  # without a query
        beat = self.row.read()
        if beat is None:
            return None
        # If the wall clock was set while this process was up, its own time tells what has really passed.
        passed = self.clock.wall() - beat.at
        passed = passed if own is None else min(passed, own)
        return Period(beat.at, beat.at + passed) if passed > MAX_PAUSE_S else None

    def awaited(self) -> dict[str, float]:
        """Since when sites are waited for of which no message is known, by this process's clock."""
        beat = self.row.read()
        return {} if beat is None else {site: self.clock.when(at) for site, at in beat.awaited.items()}

    def beat(self, awaited: Mapping[str, float] = MappingProxyType({})) -> None:
        """This process is up, and waits for some sites since some times, by its clock."""
        dated = {site: round(self.clock.dated(at), 3) for site, at in awaited.items()}
        self.row.renew(Beat(int(self.clock.wall()), dated))
        self._last = self.clock.now()
        self._has_stopped = False

    def stop(self) -> None:
        """Nobody cares whether a process is up, so that the time until the next beat is no pause."""
        if not self._has_stopped:
            if self.row.read() is not None:
                self.row.delete()
            self._last, self._has_stopped = None, True
