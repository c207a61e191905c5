"""What is counted as it happens, in plain numbers: nothing here costs more than a fraction of a microsecond.

All of it runs in the thread of the event loop, so nothing needs a lock. Names and units are in `metrics`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

MAX_SITES = 100  # that are named, in the order in which they first appear
OTHER = "other"  # all further sites together


class Histogram:
    """How often values fell between `bounds`, which are upper, inclusive and ascending; and their sum."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, *bounds: float):
        self.bounds: Sequence[float] = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def cumulative(self) -> Iterator[tuple[str, int]]:
        """For each upper bound, as Prometheus writes it, the number of values up to it."""
        total = 0
        for bound, count in zip(
            (*(str(float(each)) for each in self.bounds), "+Inf"), self.counts, strict=True
        ):
            total += count
            yield bound, total


class Tally(dict[str, int]):
    """How often each of a few things happened."""

    def __missing__(self, name: str) -> int:
        return 0


class Named:
    """Gives at most MAX_SITES sites a name of their own; all others share one."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __contains__(self, site: str) -> bool:
        return site in self._names

    def __getitem__(self, site: str) -> str:
        name = self._names.get(site)
        if name is None:
            if len(self._names) >= MAX_SITES:
                return OTHER
            name = self._names[site] = site
        return name


class MessageCounts:
    """The number of messages by site and level."""

    def __init__(self) -> None:
        self.named = Named()
        self.by_site: dict[tuple[str, str], int] = {}

    def add(self, site: str, level: str) -> None:
        try:
            self.by_site[site, level] += 1
        except KeyError:
            key = (self.named[site], level)
            self.by_site[key] = self.by_site.get(key, 0) + 1
