"""Reading the log: its end, what a viewer missed, and recent messages."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import sqlalchemy as sa

from userstatus import eventloop
from userstatus.errors import Busy, Unavailable
from userstatus.message import EVERY_SITE, Cursor, Message
from userstatus.store import queries
from userstatus.store.database import Database, left
from userstatus.store.expiry import Expiry
from userstatus.store.queries import as_messages
from userstatus.store.tail import MIN_KEPT, Tail

P = ParamSpec("P")
T = TypeVar("T")

MAX_TEXT_CHARS = 8 * 1024**2  # in all messages of one response together
PAGE = 250  # messages read at a time
MAX_LONG_RESPONSES = 4  # longer than one page, read at a time, as each is held in memory
MAX_SKEW_S = 2  # by which the clocks of several processes may differ
MAX_RESPONSE_READ_S = 15  # for all pages of a response, including the waits for a slot


class AnotherLog(Exception):
    """The log in the database is not the one that a cursor comes from, or its end has been lost."""


class Query(NamedTuple):
    """Which messages to read. No levels means all levels; times are in unix seconds.

    `after_time` is by the messages' own timestamps and inclusive, the others are by receipt and exclusive. If
    there are more messages than `limit`, the `oldest` are wanted, or the newest.
    """

    sites: list[str]
    after_time: int | None
    after_id: int
    before_id: int | None
    levels: set[str]
    limit: int
    received_after: float | None = None
    received_before: float | None = None
    oldest: bool = False

    @property
    def by_id(self) -> bool:
        """Whether the newest or oldest messages are chosen by id instead of by timestamp."""
        return (
            self.after_time is None
            or self.after_id > 0
            or self.before_id is not None
            or self.received_after is not None
            or self.received_before is not None
            or self.oldest
        )

    def admits(self, message: Message) -> bool:
        """Whether a message of one of the sites matches the query's other conditions."""
        return (
            message.id > self.after_id
            and (not self.levels or message.log_level in self.levels)
            and (self.after_time is None or message.timestamp >= self.after_time)
            and (self.before_id is None or message.id < self.before_id)
            and (self.received_after is None or message.received_at > self.received_after)
            and (self.received_before is None or message.received_at < self.received_before)
        )


def _counted(read: Callable[Concatenate[Reader, P], T]) -> Callable[Concatenate[Reader, P], T]:
    """Count in `errors` how often a read of the Reader fails; that others have to end first is no failure."""

    @wraps(read)
    def counting(reader: Reader, /, *arguments: P.args, **named: P.kwargs) -> T:
        try:
            return read(reader, *arguments, **named)
        except Busy:
            raise
        except Unavailable:
            reader.errors += 1
            raise

    return counting


class Reader:
    """Reads the log of all sites. Expired messages are never read, whether deleted or not.

    `errors` is how often what a client asked for could not be read. The follower and the health check count
    their own failures; they call what is not counted here.
    """

    def __init__(self, database: Database, expiry: Expiry):
        self.database = database
        self.expiry = expiry
        self.tail = Tail()
        self.errors = 0
        self.read_at = 0.0  # when `after` last had to ask the database, by the monotonic clock
        self._long_responses = eventloop.Slots(MAX_LONG_RESPONSES)

    @_counted
    def end(self) -> Cursor:
        """The cursor of the newest message ever stored; its id is 0 if there is none. Raises Unavailable."""
        return self.read_end()

    def read_end(self) -> Cursor:
        """The same, not counted. Raises Unavailable."""
        (row,) = self._read(queries.end)
        return Cursor.of(row.last_id, row.received_at)

    def open(self) -> Cursor:
        """Load the newest messages into the tail and return the log's end. Raises Unavailable."""
        end = self.read_end()
        newest = as_messages(self.database.fetch(queries.newest_first(MIN_KEPT)))
        self.tail = Tail()
        self.tail.read(newest[::-1])
        return end

    def has_in_memory(self, cursor: Cursor) -> bool:
        """Whether the messages after the cursor need not be read from the database."""
        last = self.tail.get(cursor.id)
        return last is not None and last.cursor == cursor and bool(self.tail.after(cursor.id))

    def after(self, cursor: Cursor, limit: int) -> Sequence[Message]:
        """The messages of all sites after the cursor, in id order. Raises Unavailable and AnotherLog."""
        last = self.tail.get(cursor.id)
        kept = self.tail.after(cursor.id)
        if last is not None and last.cursor == cursor and kept:
            return list(itertools.islice(self.expiry.unexpired(kept), limit))
        self.read_at = time.monotonic()
        parameters = {"cursor": cursor.id, "expired": self.expiry.threshold(), "limit": limit + 1}
        found = as_messages(self._read(queries.tail, parameters))
        if not self._continues(cursor, found[0].cursor if found else None):
            raise AnotherLog
        self.tail.read(found)
        return found[1:] if found and found[0].id == cursor.id else found[:limit]

    @_counted
    def locate(self, cursor: Cursor) -> tuple[int, bool]:
        """The id after which a viewer with this cursor continues, and whether the cursor is from another log.

        For a cursor from another log, it is the id of the last message received no later than the cursor's
        message: everything after it is new to the viewer. If the cursor's time is in the future, because a
        clock was ahead, nobody knows what is new, and the id is 0. Raises Unavailable.
        """
        kept = self.tail.get(cursor.id)
        if kept is not None:
            same = cursor.received_us in (None, kept.cursor.received_us)
        elif cursor.received_us is None:
            same = cursor.id <= self.read_end().id
        else:
            row = next(iter(self._read(queries.at_or_after, {"cursor": cursor.id})), None)
            same = self._continues(cursor, row and Cursor.of(row.id, row.received_at))
        if same:
            return cursor.id, False
        if cursor.received_at is None or cursor.received_at > self.expiry.clock() + MAX_SKEW_S:
            return 0, True
        return self.last_id_by(cursor.received_at), True

    def _continues(self, cursor: Cursor, following: Cursor | None) -> bool:
        """Whether this log is the cursor's; `following` is the first message from the cursor's id on, if any.

        In the same log, a message with the same id was received at the same time, and a later one no earlier.
        """
        if following is None:
            following = self.read_end()
            if following.id < cursor.id:
                return False
        if cursor.received_us is None or following.received_us is None:
            return True
        if following.id == cursor.id:
            return following.received_us == cursor.received_us
        return following.received_us >= cursor.received_us

    @_counted
    def backlog(self, sites: Collection[str], cursor: int, up_to_id: int, limit: int) -> Sequence[Message]:
        """The messages that viewers of the sites missed after the cursor, up to an id. Raises Unavailable."""
        kept = self.tail.after(cursor)
        if kept is None or kept[-1].id < up_to_id:
            statement = queries.backlog(sites, cursor, up_to_id, self.expiry.threshold(), limit)
            return as_messages(self.database.fetch(statement, _scans(sites)))
        some = self._of(sites, kept[: up_to_id - cursor])
        return list(itertools.islice(some, limit))

    @_counted
    def gap(self, sites: Collection[str], cursor: int) -> bool:
        """Whether some of the messages that viewers of the sites missed have expired. Raises Unavailable."""
        known = self.tail.at_most(cursor + 1)
        if known is not None and not self.expiry.has_expired(known):
            return False  # later messages have not expired either
        (row,) = self.database.fetch(queries.lost(sites, cursor, self.expiry.threshold()))
        return bool(row.lost)

    @_counted
    def recent(self, query: Query, up_to_id: int | None = None) -> tuple[list[Message], bool]:
        """The newest (or the oldest) matching messages, oldest first, and whether there are more.

        None is newer than `up_to_id`, by default the end of the log. However long the messages are, at most
        `MAX_TEXT_CHARS` characters of text are returned, within `MAX_RESPONSE_READ_S` seconds. Raises
        Unavailable.
        """
        if up_to_id is None:
            up_to_id = self.read_end().id
        query = self._between_ids(query)
        size = 0
        found: list[Message] = []
        for message in self._in_order(query, up_to_id):
            size += len(message.message)
            if len(found) == query.limit or size > MAX_TEXT_CHARS:
                return sorted(found, key=chronological), True
            found.append(message)
        return sorted(found, key=chronological), False

    def _between_ids(self, query: Query) -> Query:
        """The query with ids in place of times of receipt, which never decrease as ids grow."""
        after, before = query.after_id, query.before_id
        if query.received_after is not None:
            after = max(after, self.last_id_by(query.received_after))
        if query.received_before is not None:
            end = self._last_id(queries.last_received_before, query.received_before) + 1
            before = end if before is None else min(before, end)
        return query._replace(after_id=after, before_id=before)

    def _in_order(self, query: Query, up_to_id: int) -> Iterator[Message]:
        """The matching messages up to an id, from the tail if it holds all of them; the wanted ones first."""
        if query.after_id >= up_to_id:
            return
        kept = self.tail.after(query.after_id) if query.after_id else None
        if kept is None or kept[-1].id < up_to_id:
            yield from self._in_pages(query, up_to_id)
            return
        kept = kept[: up_to_id - query.after_id]
        yield from filter(query.admits, self._of(query.sites, kept if query.oldest else reversed(kept)))

    def _in_pages(self, query: Query, up_to_id: int) -> Iterator[Message]:
        """The matching messages, page by page; a read of more than one page waits for a slot."""
        until = time.monotonic() + MAX_RESPONSE_READ_S
        size = min(PAGE, query.limit + 1)
        page = self._rows(query, up_to_id, None, size, until)
        if len(page) < size or query.limit < PAGE:
            yield from page
            return
        page.clear()  # it is read again, so that waiting requests do not hold a page each
        with self._long_responses.taken(left(until)):
            page = self._rows(query, up_to_id, None, size, until)
            while page:
                yield from page
                page = self._rows(query, up_to_id, page[-1], size, until) if len(page) == size else []

    def _rows(
        self, query: Query, up_to_id: int, last: Message | None, size: int, until: float
    ) -> list[Message]:
        # The oldest messages by id may all have timestamps before the time from which on they are wanted.
        late = query.oldest and query.after_time is not None
        scans = bool(query.levels) or late or _scans(query.sites)
        statement = self._page(query, up_to_id, last).limit(size)
        return as_messages(self.database.fetch(statement, scans, left(until)))

    def _page(self, query: Query, up_to_id: int, last: Message | None) -> queries.Rows:
        """The statement that continues after `last`, or begins with the newest or oldest message."""
        expired = self.expiry.threshold()
        if query.after_time is not None and not query.by_id:
            before = (queries.END, queries.END) if last is None else (last.timestamp, last.id)
            return queries.by_time(query.sites, query.after_time, before, up_to_id, query.levels, expired)
        after, end = query.after_id, up_to_id + 1
        if query.before_id is not None:
            end = min(end, query.before_id)
        if last is not None and query.oldest:
            after = last.id
        elif last is not None:
            end = last.id
        return queries.by_id(query.sites, query.after_time, after, end, query.levels, expired, query.oldest)

    def _of(self, sites: Collection[str], messages: Iterable[Message]) -> Iterator[Message]:
        """The messages that are of the given sites and have not expired."""
        wanted, every = set(sites), EVERY_SITE in sites
        return (each for each in self.expiry.unexpired(messages) if every or each.site in wanted)

    def last_id_by(self, time: float) -> int:
        """The id of the last message that was received by `time` (unix seconds), or 0. Raises Unavailable."""
        return self._last_id(queries.last_received_by, time)

    def _last_id(self, statement: sa.Select[Any], time: float) -> int:
        row = next(iter(self._read(statement, {"time": time})), None)
        return row.id if row else 0

    def _read(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """The rows of a fast statement, which finds a few of them by id."""
        with self.database.read() as connection:
            return connection.execute(statement, parameters).all()


def _scans(sites: Collection[str]) -> bool:
    """Whether finding messages of the sites takes more than an index lookup."""
    return len(sites) > queries.MAX_MERGED


def chronological(message: Message) -> tuple[int, int]:
    """The sort key for chronological order: timestamp, then id."""
    return message.timestamp, message.id
