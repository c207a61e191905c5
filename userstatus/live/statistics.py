"""Statistics: every site at a glance, for the last 24 hours, without a query.

A count by level is kept for each minute of every site. The follower hands over every message, so the counts
are those at its cursor. Messages count by their receipt, as in retention, not by the telescope's clock.
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
MAX_SITES = 100_000  # beyond that, those silent for longest are forgotten
MAX_TEXT_CHARS = 1000  # that are kept of a site's last message
MAX_FORGOTTEN = 3  # silent sites at a time: more than can be new
BITS = 32  # of the count of one level
MASK = (1 << BITS) - 1
SHIFT = {level: number * BITS for number, level in enumerate(LEVELS)}
ONE = {level: 1 << shift for level, shift in SHIFT.items()}


class Glance(NamedTuple):
    """A site: its newest message, and how many of each level it sent in the last 24 hours."""

    site: str
    last: Message
    counts: dict[str, int]


class Activity(NamedTuple):
    """How many messages of each level came in every `step` seconds from `start` (unix seconds) on."""

    start: int
    step: int
    counts: dict[str, list[int]]


class Site:
    """What is known of a site: the counts of each minute, the oldest first, and their sum.

    The counts of all levels are one number, as a million lists would be looked through by Python's garbage
    collector, in which time everything stands still.
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
        """Forget the minutes that were over by then (unix seconds)."""
        while self.minutes and (next(iter(self.minutes)) + 1) * MINUTE_S <= since:
            self.counts -= self.minutes.pop(next(iter(self.minutes)))


def _by_level(counts: int) -> dict[str, int]:
    return {level: counts >> shift & MASK for level, shift in SHIFT.items()}


def _short(message: Message) -> Message:
    if len(message.message) <= MAX_TEXT_CHARS:
        return message
    return message._replace(message=f"{message.message[: MAX_TEXT_CHARS - 1]}…")


class Statistics:
    """What is known of every site. To the minute: the oldest one is counted whole.

    A message costs the same however many sites there are, but for its site's place among their codes where
    it is new.
    """

    def __init__(self, reader: Reader):
        self.reader = reader
        self._sites: OrderedDict[str, Site] = OrderedDict()  # who was heard of last comes last
        self._codes: list[str] = []  # in their order

    def load(self, end: Cursor) -> None:
        """Take in what the log has up to its end, in place of all that was known. Raises Unavailable."""
        since = self.reader.expiry.within_a_day()
        newest = sorted(self.reader.newest(since, end.id), key=lambda message: message.id)
        minutes = sorted(self.reader.minutes(since, end.id), key=attrgetter("minute"))
        self._sites = OrderedDict((message.site, Site(_short(message))) for message in newest[-MAX_SITES:])
        self._codes = sorted(self._sites)
        for row in minutes:
            if row.site in self._sites:  # else all of it has been deleted meanwhile
                self._sites[row.site].add(row.minute, row.log_level, row.count)

    def add(self, message: Message) -> None:
        """Count a message; they come in the order of their ids."""
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

    def glances(self, sites: Collection[str]) -> Iterator[Glance]:
        """Those of the sites that have been heard of by now, in the order of their codes; `*` is every site.

        Each is seen as it is when its turn comes.
        """
        codes = self._every_code() if EVERY_SITE in sites else sorted(set(sites))
        return (glance for code in codes for glance in self._glance(code))

    def _every_code(self) -> Iterator[str]:
        """The codes in their order, which may change meanwhile; no copy, as who asks may be slow to read."""
        place = 0
        while place < len(self._codes):
            code = self._codes[place]
            yield code
            place = bisect_right(self._codes, code)

    def _glance(self, code: str) -> Iterator[Glance]:
        site, since = self._sites.get(code), self.reader.expiry.within_a_day()
        if site is not None and site.last.received_at > since:
            site.forget(since)
            yield Glance(code, site.last, _by_level(site.counts))

    def activity(self, site: str, step: int) -> Activity:
        """The last 24 hours of a site; `step` is in seconds, a multiple of 60 that divides a day."""
        start = (int(self.reader.expiry.clock()) // step + 1) * step - DAY_S
        bars = {level: [0] * (DAY_S // step) for level in LEVELS}
        for minute, counts in self._sites[site].minutes.items() if site in self._sites else ():
            # What a clock that was ahead has dated later than now came just now, or a while ago.
            place = min((minute * MINUTE_S - start) // step, DAY_S // step - 1)
            if place >= 0:
                for level, count in _by_level(counts).items():
                    bars[level][place] += count
        return Activity(start, step, bars)

    def _forget_silent(self, since: float) -> None:
        """Forget sites that were silent since then; of many at once, a few each time."""
        for code in list(islice(self._sites, MAX_FORGOTTEN)):
            if self._sites[code].last.received_at > since:
                return
            self._forget(code)

    def _forget(self, code: str) -> None:
        del self._sites[code]
        del self._codes[bisect_left(self._codes, code)]
