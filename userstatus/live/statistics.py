"""Statistics: an overview of every site for the last 24 hours, without a query.

A count by level is kept for each minute of every site. The follower delivers every message, so the counts
are as of its cursor. Messages count by the time of receipt, as in retention, not by the telescope's clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Collection, Iterator
from itertools import islice
from operator import attrgetter
from typing import NamedTuple

from userstatus.message import EVERY_SITE, LEVELS, Cursor, Message
from userstatus.store.expiry import DAY_S
from userstatus.store.reader import Reader

MINUTE_S = 60
MAX_SITES = 100_000  # beyond that, the sites that were silent for longest are forgotten
MAX_TEXT_CHARS = 1000  # kept of a site's last message
MAX_FORGOTTEN = 3  # silent sites forgotten per message, which is more than can be added
BITS = 32  # in the count of one level
MASK = (1 << BITS) - 1
SHIFT = {level: number * BITS for number, level in enumerate(LEVELS)}
ONE = {level: 1 << shift for level, shift in SHIFT.items()}


class SiteSummary(NamedTuple):
    """A site: its newest message, and its number of messages by level in the last 24 hours."""

    site: str
    last: Message
    counts: dict[str, int]


class Activity(NamedTuple):
    """The number of messages by level in every `step` seconds from `start` (unix seconds)."""

    start: int
    step: int
    counts: dict[str, list[int]]


class Site:
    """The counts of one site by minute, oldest first, and their sum.

    The counts of all levels are packed into one integer: Python's garbage collector would have to traverse a
    million lists, and the whole process would wait for it.
    """

    __slots__ = ("counts", "last", "minutes")

    def __init__(self, last: Message) -> None:
        self.last = last
        self.minutes: dict[int, int] = {}
        self.counts = 0

    def add(self, minute: int, level: str, count: int) -> None:
        self.minutes[minute] = self.minutes.get(minute, 0) + count * ONE[level]
        self.counts += count * ONE[level]

    def forget(self, since: float) -> None:
        """Forget the minutes that ended before `since` (unix seconds)."""
        while self.minutes and (next(iter(self.minutes)) + 1) * MINUTE_S <= since:
            self.counts -= self.minutes.pop(next(iter(self.minutes)))


def _by_level(counts: int) -> dict[str, int]:
    return {level: counts >> shift & MASK for level, shift in SHIFT.items()}


def _short(message: Message) -> Message:
    if len(message.message) <= MAX_TEXT_CHARS:
        return message
    return message._replace(message=f"{message.message[: MAX_TEXT_CHARS - 1]}…")


class Statistics:
    """The statistics of every site. They are precise to the minute: the oldest minute is counted whole.

    The cost of a message does not depend on the number of sites, except that a new site has to be inserted
    in the sorted list of codes.
    """

    def __init__(self, reader: Reader):
        self.reader = reader
        self._sites: OrderedDict[str, Site] = OrderedDict()  # the site that was heard of last comes last
        self._codes: list[str] = []  # sorted

    def load(self, end: Cursor) -> None:
        """Replace the statistics with those of the log up to `end`. Raises Unavailable."""
        since = self.reader.expiry.within_a_day()
        newest = sorted(self.reader.newest(since, end.id), key=lambda message: message.id)
        minutes = sorted(self.reader.minutes(since, end.id), key=attrgetter("minute"))
        self._sites = OrderedDict((message.site, Site(_short(message))) for message in newest[-MAX_SITES:])
        self._codes = sorted(self._sites)
        for row in minutes:
            if row.site in self._sites:  # otherwise all of its messages have been deleted meanwhile
                self._sites[row.site].add(row.minute, row.log_level, row.count)

    def add(self, message: Message) -> None:
        """Count a message; messages must be added in id order."""
        site = self._sites.get(message.site)
        if site is None:
            site = self._sites[message.site] = Site(_short(message))
            insort(self._codes, message.site)
            if len(self._sites) > MAX_SITES:
                self._forget(next(iter(self._sites)))
        else:
            self._sites.move_to_end(message.site)
            site.last = _short(message)
        minute = int(message.received_at) // MINUTE_S
        if minute not in site.minutes:
            since = self.reader.expiry.within_a_day()
            site.forget(since)
            self._forget_silent(since)
        site.add(minute, message.log_level, 1)

    def summaries(self, sites: Collection[str]) -> Iterator[SiteSummary]:
        """The given sites that have been heard of, in alphabetical order; `*` is every site.

        Each is read when it is yielded.
        """
        codes = self._every_code() if EVERY_SITE in sites else sorted(set(sites))
        return (summary for code in codes for summary in self._summary(code))

    def _every_code(self) -> Iterator[str]:
        """All codes in order; they may change meanwhile. Not a copy, as the client may be slow to read."""
        place = 0
        while place < len(self._codes):
            code = self._codes[place]
            yield code
            place = bisect_right(self._codes, code)

    def _summary(self, code: str) -> Iterator[SiteSummary]:
        site, since = self._sites.get(code), self.reader.expiry.within_a_day()
        if site is not None and site.last.received_at > since:
            site.forget(since)
            yield SiteSummary(code, site.last, _by_level(site.counts))

    def activity(self, site: str, step: int) -> Activity:
        """The last 24 hours of a site; `step` is in seconds, a multiple of 60 that divides a day."""
        start = (int(self.reader.expiry.clock()) // step + 1) * step - DAY_S
        bars = {level: [0] * (DAY_S // step) for level in LEVELS}
        for minute, counts in self._sites[site].minutes.items() if site in self._sites else ():
            # A message dated in the future by a clock that was ahead counts as received now.
            place = min((minute * MINUTE_S - start) // step, DAY_S // step - 1)
            if place >= 0:
                for level, count in _by_level(counts).items():
                    bars[level][place] += count
        return Activity(start, step, bars)

    def _forget_silent(self, since: float) -> None:
        """Forget sites without messages since then; if there are many, a few at a time."""
        for code in list(islice(self._sites, MAX_FORGOTTEN)):
            if self._sites[code].last.received_at > since:
                return
            self._forget(code)

    def _forget(self, code: str) -> None:
        del self._sites[code]
        del self._codes[bisect_left(self._codes, code)]
