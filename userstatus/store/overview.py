"""Overview: what the whole log says of every site, read once at the start, a part at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from userstatus.message import Message
from userstatus.notice import RECOVERY, SILENCE
from userstatus.store import queries
from userstatus.store.expiry import DAY_S
from userstatus.store.queries import as_messages
from userstatus.store.reader import Reader

PART = 50_000  # ids whose messages are counted at a time: the counts of a long log would not fit in memory
PAGE = 200  # messages read at a time
NOTICES_PAGE = 1000  # notices read at a time, as their texts are short
MAX_DELAYS = 5  # of a site's last messages
MINUTE_S, QUARTER_S = 60, 900
MAX_START_S = 120  # for the database to read a part before the service starts serving


class Count(NamedTuple):
    """The number of messages of a site with a level, received in `step` seconds from `start`."""

    site: str
    log_level: str
    start: int
    step: int
    number: int


class Overview:
    """An overview of the unexpired messages up to an id. Read `counts` to their end before the others.

    All methods raise Unavailable.
    """

    def __init__(self, reader: Reader, up_to_id: int):
        self.reader = reader
        self.up_to_id = up_to_id
        # The last id by site and level, without notices, and of the notices.
        self._last: dict[tuple[str, str], int] = {}
        self._noted: dict[tuple[str, str], int] = {}
        # The last id by site and interval, of the last intervals, without notices.
        self._ends: dict[str, dict[int, int]] = {}

    def counts(self, seconds: float) -> Iterator[Count]:
        """The counts of the last 24 hours by minute, and of as many `seconds` by quarter, oldest first."""
        expiry = self.reader.expiry
        now = expiry.clock()
        first = self.reader.last_id_by(expiry.threshold(now))
        begin = max(first, self.reader.last_id_by(now - seconds))
        day = max(begin, self.reader.last_id_by(expiry.within_a_day()))
        for _ in self._counts(first, begin, DAY_S):
            pass
        yield from self._counts(begin, day, QUARTER_S)
        yield from self._counts(day, self.up_to_id, MINUTE_S)

    def _counts(self, after_id: int, up_to_id: int, step: int) -> Iterator[Count]:
        for start in range(after_id, up_to_id, PART):
            statement = queries.counts(start, min(start + PART, up_to_id), step)
            # Unpacked, not read by name: there may be a million rows, and the service waits for them.
            for site, level, interval, number, last_id, last_said in self._fetch(statement):
                if last_said is None:
                    self._noted[site, level] = last_id  # ids grow with the time of receipt
                else:
                    self._last[site, level] = last_said
                    ends = self._ends.setdefault(site, {})
                    ends[interval * step] = max(last_said, ends.get(interval * step, 0))
                    if len(ends) > MAX_DELAYS:
                        del ends[next(iter(ends))]
                yield Count(site, level, interval * step, step, number)

    def newest(self, limit: int) -> Iterator[tuple[Message, tuple[int, ...]]]:
        """The newest messages of at most `limit` sites, oldest first, with the delays of the last few.

        They are no notices, unless a site has nothing else. A delay is the number of seconds from a message's
        timestamp to its receipt; of messages received in the same minute, only the last one has one.
        """
        last = {site: max(ends.values()) for site, ends in self._ends.items()}
        for (site, _), id in self._only_noted():
            last[site] = max(id, last.get(site, 0))
        ids = iter(sorted(last.values())[-limit:])
        while page := list(islice(ids, PAGE)):
            newest = self._of_ids(page)
            ends = [id for message in newest for id in self._ends.get(message.site, {}).values()]
            delays: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
            for row in self._fetch(queries.times_of(ends)):
                delays[row.site] += (round(row.received_at - row.timestamp),)
            for message in newest:
                yield message, delays[message.site]

    def latest(self, levels: Collection[str]) -> Iterator[Message]:
        """The newest message of each of the levels of each site, oldest first.

        They are no notices, unless a site has nothing else.
        """
        last = (*self._last.items(), *self._only_noted())
        ids = iter(sorted(id for (_, level), id in last if level in levels))
        while page := list(islice(ids, PAGE)):
            yield from self._of_ids(page)

    def notices(self) -> Iterator[Message]:
        """The notices, oldest first; `counts` need not have been read."""
        last = self.reader.last_id_by(self.reader.expiry.threshold())
        while page := as_messages(self._fetch(queries.notices(last, self.up_to_id, NOTICES_PAGE))):
            yield from page
            last = page[-1].id

    def answers(self, notices: Iterable[Message], newest: Iterable[Message]) -> Iterator[Message]:
        """The first messages after silences that are over, though no notice says so.

        Given the notices, and the newest messages of the sites.
        """
        silences: dict[str, int] = {}
        for message in notices:
            if message.notice is not None and message.notice.kind in (SILENCE, RECOVERY):
                silences[message.site] = message.id if message.notice.kind == SILENCE else 0
        for message in newest:
            if 0 < silences.get(message.site, 0) < message.id:
                first = queries.first_after(message.site, silences[message.site])
                yield from as_messages(self._fetch(first))

    def _only_noted(self) -> Iterator[tuple[tuple[str, str], int]]:
        """The last id by site and level, of the sites that have nothing but notices."""
        return (each for each in self._noted.items() if each[0][0] not in self._ends)

    def _of_ids(self, ids: Collection[int]) -> list[Message]:
        return as_messages(self._fetch(queries.of_ids(ids)))

    def _fetch(self, statement: sa.Select[Any]) -> Sequence[Any]:
        return self.reader.database.fetch(statement, patience=MAX_START_S)
