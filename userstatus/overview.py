"""The overview: every site at a glance, as of the last 24 hours, without a look at the log.

A count by level is kept for each minute of every site. The follower hands it every message beside fan-out,
so that it stands at the follower's cursor; by receipt, as retention does, not by the telescope's clock.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import NamedTuple

from userstatus.cursor import Cursor
from userstatus.journal import Journal
from userstatus.models import EVERY_SITE, LEVELS
from userstatus.wire import DAY, Stored

MINUTE = 60  # seconds
NUMBER = {level: number for number, level in enumerate(LEVELS)}


class Glance(NamedTuple):
    """A site: its newest message, and how many of each level it sent in the last 24 hours."""

    site: str
    last: Stored
    counts: dict[str, int]


class Activity(NamedTuple):
    """How many messages of each level came in every `step` seconds from `start` (unix seconds) on."""

    start: int
    step: int
    counts: dict[str, list[int]]


class Overview:
    """What is known of every site. To the minute: the oldest one is counted whole."""

    def __init__(self, journal: Journal):
        self.journal = journal
        self._last: dict[str, Stored] = {}
        self._minutes: dict[str, dict[int, list[int]]] = {}  # by site and minute, the count of each level

    def load(self, end: Cursor) -> None:
        """Take in what the log has up to its end, in place of all that was known. Raises Unavailable."""
        since = self._since()
        minutes = self.journal.minutes(since, end.id)
        newest = self.journal.newest(since, end.id)
        self._minutes = {}
        for site, level, minute, count in minutes:
            self._of(site, minute)[NUMBER[level]] = count
        self._last = {message.site: message for message in newest}

    def add(self, message: Stored) -> None:
        """Count a message; they come in the order of their ids."""
        self._last[message.site] = message
        minutes = self._minutes.setdefault(message.site, {})
        minute = int(message.received_at) // MINUTE
        if minute not in minutes:
            self._forget(minutes)
        self._of(message.site, minute)[NUMBER[message.log_level]] += 1

    def glances(self, sites: Collection[str]) -> list[Glance]:
        """Those of the sites that were heard of, in the order of their codes; `*` is every site."""
        since = self._since()
        for silent in [site for site, last in self._last.items() if last.received_at <= since]:
            del self._last[silent]
            self._minutes.pop(silent, None)
        found = []
        for site, last in sorted(self._last.items()):
            if EVERY_SITE in sites or site in sites:
                counts = [0] * len(LEVELS)
                for minute, of_minute in self._minutes[site].items():
                    if (minute + 1) * MINUTE > since:
                        counts = [one + more for one, more in zip(counts, of_minute, strict=True)]
                found.append(Glance(site, last, dict(zip(LEVELS, counts, strict=True))))
        return found

    def activity(self, site: str, step: int) -> Activity:
        """The last 24 hours of a site; `step` is in seconds, a multiple of 60 that divides a day."""
        start = (int(time.time()) // step + 1) * step - DAY
        counts = {level: [0] * (DAY // step) for level in LEVELS}
        for minute, of_minute in self._minutes.get(site, {}).items():
            place = (minute * MINUTE - start) // step
            if 0 <= place < DAY // step:
                for level, count in zip(LEVELS, of_minute, strict=True):
                    counts[level][place] += count
        return Activity(start, step, counts)

    def _of(self, site: str, minute: int) -> list[int]:
        return self._minutes.setdefault(site, {}).setdefault(minute, [0] * len(LEVELS))

    def _forget(self, minutes: dict[int, list[int]]) -> None:
        since = self._since()
        for minute in [minute for minute in minutes if (minute + 1) * MINUTE <= since]:
            del minutes[minute]

    def _since(self) -> float:
        """From when on messages are counted, in unix seconds."""
        return time.time() - min(DAY, self.journal.ttl)
