"""Numbers of messages by level: of a site by the minute, and of every site by the quarter of an hour.

The counts of all levels are packed into one integer: Python's garbage collector would have to traverse a
million lists, and the whole process would wait for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from userstatus import eventloop
from userstatus.message import EVERY_SITE, LEVELS
from userstatus.store.expiry import DAY_S
from userstatus.store.overview import MINUTE_S, QUARTER_S

MAX_HISTORY_S = 31 * DAY_S  # 2,976 quarters
# Of all sites and quarters together, at about 150 bytes each: 1,000 sites that are never silent for a week
# need 672,000. Beyond that, the oldest quarter of every site is forgotten.
MAX_KEPT = 1_000_000

BITS = 32  # in the count of one level
MASK = (1 << BITS) - 1
SHIFT = {level: number * BITS for number, level in enumerate(LEVELS)}
ONE = {level: 1 << shift for level, shift in SHIFT.items()}


def by_level(counts: int) -> dict[str, int]:
    """The packed counts of all levels as numbers."""
    return {level: counts >> shift & MASK for level, shift in SHIFT.items()}


class Minutes:
    """The counts of one site by minute, oldest first, and their sum."""

    __slots__ = ("by_minute", "counts")

    def __init__(self) -> None:
        self.by_minute: dict[int, int] = {}
        self.counts = 0

    def add(self, minute: int, counts: int) -> None:
        self.by_minute[minute] = self.by_minute.get(minute, 0) + counts
        self.counts += counts

    def forget(self, since: float) -> None:
        """Forget the minutes that ended before `since` (unix seconds)."""
        minutes = self.by_minute
        while minutes and (next(iter(minutes)) + 1) * MINUTE_S <= since:
            self.counts -= minutes.pop(next(iter(minutes)))


class Quarters:
    """The counts of every site, and of all of them together, by quarter of an hour, oldest first.

    A quarter holds its sites, not a site its quarters, so that what has expired goes at once.
    """

    def __init__(self) -> None:
        self._sites: defaultdict[int, dict[str, int]] = defaultdict(dict)
        self._total: defaultdict[int, int] = defaultdict(int)
        self._kept = 0  # sites in all quarters

    def add(self, site: str, quarter: int, counts: int) -> None:
        """Count messages of a site. Quarters must be added in their order, or moments later."""
        sites = self._sites[quarter]
        if site in sites:
            sites[site] += counts
        else:
            sites[site] = counts
            self._kept += 1
            while self._kept > MAX_KEPT:
                self._forget_sites(next(iter(self._sites)))
        self._total[quarter] += counts

    def forget(self, since: float) -> None:
        """Forget the quarters that ended before `since` (unix seconds)."""
        total = self._total
        while total and (next(iter(total)) + 1) * QUARTER_S <= since:
            quarter = next(iter(total))
            del total[quarter]
            self._forget_sites(quarter)

    def _forget_sites(self, quarter: int) -> None:
        self._kept -= len(self._sites.pop(quarter, ()))

    def sums(self, sites: Collection[str]) -> dict[int, int]:
        """The counts of the given sites together by quarter; `*` is every site. May yield in between."""
        if EVERY_SITE in sites:
            return self._total.copy()
        found = {}
        time_slice = eventloop.TimeSlice()
        for quarter in list(self._sites):
            of_sites = self._sites.get(quarter)  # it may have been forgotten meanwhile
            if of_sites:
                found[quarter] = sum(of_sites.get(site, 0) for site in sites)
            time_slice.maybe_yield()
        return found
