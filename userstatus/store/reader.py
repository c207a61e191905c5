"""The log as it is read: its end, what a viewer missed, and what is recent."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from userstatus import eventloop
from userstatus.message import EVERY_SITE, Cursor, Message
from userstatus.store import queries
from userstatus.store.database import Database, left
from userstatus.store.expiry import Expiry
from userstatus.store.queries import as_messages
from userstatus.store.tail import MIN_KEPT, Tail

MAX_TEXT_CHARS = 8 * 1024**2  # of all messages in one response
PAGE = 250  # messages of it that are read at a time
MAX_LONG_RESPONSES = 4  # of more than one page that are read at a time, as each is held in memory
MAX_SKEW_S = 2  # by which the clocks of several processes may differ
MAX_READ_S = 15  # for all the pages of a response, with the waits for one's turn
MAX_START_S = 120  # that the database may take to count a day's messages, before anybody is served


class AnotherLog(Exception):
    """The log in the database is not the one that a cursor comes from, or has lost its end."""


class Query(NamedTuple):
    """Which messages to read. No levels means all of them; `after_time` is in unix seconds."""

    sites: list[str]
    after_time: int | None
    after_id: int
    before_id: int | None
    levels: set[str]
    limit: int

    @property
    def by_id(self) -> bool:
        """Whether the newest by id are meant, rather than by their own time."""
        return self.after_time is None or self.after_id > 0 or self.before_id is not None

    def admits(self, message: Message) -> bool:
        """Whether the message, if it is of one of the sites, is one of those asked for."""
        return (
            message.id > self.after_id
            and (not self.levels or message.log_level in self.levels)
            and (self.after_time is None or message.timestamp >= self.after_time)
            and (self.before_id is None or message.id < self.before_id)
        )


class Reader:
    """The log of all sites' messages. What has expired is never read, deleted or not."""

    def __init__(self, database: Database, expiry: Expiry):
        self.database = database
        self.expiry = expiry
        self.tail = Tail()
        self._long_responses = eventloop.Slots(MAX_LONG_RESPONSES)

    def end(self) -> Cursor:
        """The cursor of the newest message ever stored; its id is 0 if there was none. Raises Unavailable."""
        (row,) = self._read(queries.end)
        return Cursor.of(row.last_id, row.received_at)

    def open(self) -> Cursor:
        """Read the newest messages into the tail, and return the log's end. Raises Unavailable."""
        end = self.end()
        newest = as_messages(self.database.fetch(queries.newest_first(MIN_KEPT)))
        self.tail = Tail()
        self.tail.read(newest[::-1])
        return end

    def after(self, cursor: Cursor, limit: int) -> Sequence[Message]:
        """The messages of all sites after the cursor, in id order. Raises Unavailable, and AnotherLog."""
        last = self.tail.get(cursor.id)
        kept = self.tail.after(cursor.id)
        if last is not None and last.cursor == cursor and kept:
            return list(itertools.islice(self.expiry.unexpired(kept), limit))
        parameters = {"cursor": cursor.id, "expired": self.expiry.threshold(), "limit": limit + 1}
        found = as_messages(self._read(queries.tail, parameters))
        if not self._continues(cursor, found[0].cursor if found else None):
            raise AnotherLog
        self.tail.read(found)
        return found[1:] if found and found[0].id == cursor.id else found[:limit]

    def locate(self, cursor: Cursor) -> tuple[int, bool]:
        """The id after which a viewer with that cursor goes on, and whether its log is another one.

        If the log is another one, that is the last message received no later than the cursor's: everything
        after it is new to the viewer. If that time is in the future, by a clock that was ahead, nobody knows
        what is new, and it is 0. Raises Unavailable.
        """
        kept = self.tail.get(cursor.id)
        if kept is not None:
            same = cursor.received_us in (None, kept.cursor.received_us)
        elif cursor.received_us is None:
            same = cursor.id <= self.end().id
        else:
            row = next(iter(self._read(queries.at_or_after, {"cursor": cursor.id})), None)
            same = self._continues(cursor, row and Cursor.of(row.id, row.received_at))
        if same:
            return cursor.id, False
        if cursor.received_at is None or cursor.received_at > self.expiry.clock() + MAX_SKEW_S:
            return 0, True
        row = next(iter(self._read(queries.last_received_by, {"time": cursor.received_at})), None)
        return (row.id if row else 0), True

    def _continues(self, cursor: Cursor, following: Cursor | None) -> bool:
        """Whether this log is the cursor's. `following` is the first message from the cursor's id on, if any.

        In the same log, a message with the same id was received at the same moment, a later one not before.
        """
        if following is None:
            following = self.end()
            if following.id < cursor.id:
                return False
        if cursor.received_us is None or following.received_us is None:
            return True
        if following.id == cursor.id:
            return following.received_us == cursor.received_us
        return following.received_us >= cursor.received_us

    def backlog(self, sites: Collection[str], cursor: int, up_to_id: int, limit: int) -> Sequence[Message]:
        """What viewers of the sites missed after the cursor, up to an id. Raises Unavailable."""
        kept = self.tail.after(cursor)
        if kept is None or kept[-1].id < up_to_id:
            statement = queries.backlog(sites, cursor, up_to_id, self.expiry.threshold(), limit)
            return as_messages(self.database.fetch(statement, _scans(sites)))
        some = self._of(sites, kept[: up_to_id - cursor])
        return list(itertools.islice(some, limit))

    def gap(self, sites: Collection[str], cursor: int) -> bool:
        """Whether some of what viewers of the sites missed has expired. Raises Unavailable."""
        known = self.tail.at_most(cursor + 1)
        if known is not None and known.received_at > self.expiry.threshold():
            return False  # what came later has not expired either
        (row,) = self.database.fetch(queries.lost(sites, cursor, self.expiry.threshold()))
        return bool(row.lost)

    def recent(self, query: Query, up_to_id: int | None = None) -> tuple[list[Message], bool]:
        """The newest messages asked for, oldest first, and whether there are more. Raises Unavailable.

        None is newer than `up_to_id`, by default the end of the log. However long messages are, there are
        at most `MAX_TEXT_CHARS` characters of them, and it takes at most `MAX_READ_S` seconds.
        """
        if up_to_id is None:
            up_to_id = self.end().id
        size = 0
        found: list[Message] = []
        for message in self._newest_first(query, up_to_id):
            size += len(message.message)
            if len(found) == query.limit or size > MAX_TEXT_CHARS:
                return sorted(found, key=chronological), True
            found.append(message)
        return sorted(found, key=chronological), False

    def _newest_first(self, query: Query, up_to_id: int) -> Iterator[Message]:
        """The messages asked for up to an id, from the tail if it has all of them."""
        if query.after_id >= up_to_id:
            return
        kept = self.tail.after(query.after_id) if query.after_id else None
        if kept is None or kept[-1].id < up_to_id:
            yield from self._in_pages(query, up_to_id)
            return
        yield from filter(query.admits, self._of(query.sites, kept[up_to_id - query.after_id - 1 :: -1]))

    def _in_pages(self, query: Query, up_to_id: int) -> Iterator[Message]:
        """The messages asked for, page by page; whoever needs more than one waits for others that do."""
        until = time.monotonic() + MAX_READ_S
        size = min(PAGE, query.limit + 1)
        page = self._rows(query, up_to_id, None, size, until)
        if len(page) < size or query.limit < PAGE:
            yield from page
            return
        page.clear()  # it is read again: those who wait are not to hold a page each
        with self._long_responses.taken(left(until)):
            page = self._rows(query, up_to_id, None, size, until)
            while page:
                yield from page
                page = self._rows(query, up_to_id, page[-1], size, until) if len(page) == size else []

    def _rows(
        self, query: Query, up_to_id: int, last: Message | None, size: int, until: float
    ) -> list[Message]:
        scans = bool(query.levels) or _scans(query.sites)
        statement = self._page(query, up_to_id, last).limit(size)
        return as_messages(self.database.fetch(statement, scans, left(until)))

    def _page(self, query: Query, up_to_id: int, last: Message | None) -> queries.Rows:
        """The statement that reads on after the last message read, or begins with the newest."""
        expired = self.expiry.threshold()
        if query.after_time is not None and not query.by_id:
            before = (queries.END, queries.END) if last is None else (last.timestamp, last.id)
            return queries.by_time(query.sites, query.after_time, before, up_to_id, query.levels, expired)
        if last is not None:
            end = last.id
        else:
            end = up_to_id + 1 if query.before_id is None else min(up_to_id + 1, query.before_id)
        return queries.by_id(query.sites, query.after_time, query.after_id, end, query.levels, expired)

    def _of(self, sites: Collection[str], messages: Iterable[Message]) -> Iterator[Message]:
        """Those of the messages that are of the sites and have not expired."""
        wanted, every = set(sites), EVERY_SITE in sites
        return (each for each in self.expiry.unexpired(messages) if every or each.site in wanted)

    def minutes(self, since: float, up_to_id: int) -> Sequence[Any]:
        """How many messages were received after `since` (unix seconds), up to an id.

        Rows have `site`, `log_level`, `minute` (in minutes of unix time) and `count`. Raises Unavailable.
        """
        return self.database.fetch(queries.minutes(since, up_to_id), patience=MAX_START_S)

    def newest(self, since: float, up_to_id: int) -> list[Message]:
        """The last message up to an id of every site heard of after `since`. Raises Unavailable."""
        return as_messages(self.database.fetch(queries.newest(since, up_to_id), patience=MAX_START_S))

    def _read(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """The rows of a statement that finds a few of them by id, and so returns at once."""
        with self.database.read() as connection:
            return connection.execute(statement, parameters).all()


def _scans(sites: Collection[str]) -> bool:
    """Whether messages of the sites are not found by the index alone."""
    return len(sites) > queries.MAX_MERGED


def chronological(message: Message) -> tuple[int, int]:
    """What to sort messages by: their own time, then their ids."""
    return message.timestamp, message.id
