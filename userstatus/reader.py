"""The log as it is read: its end, its tail in memory, what was missed, what is recent."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from userstatus import green, models
from userstatus.cursor import Cursor
from userstatus.database import Database, left
from userstatus.memory import Memory, Share
from userstatus.parameters import Query
from userstatus.wire import Stored

KEPT = 1000  # messages at the end of the log that are kept in memory, at least
MOST_TEXT = 8 * 1024**2  # characters of messages in one answer
PAGE = 250  # messages of it that are read at a time
LONG_ANSWERS = 4  # answers of more than one page that are read at a time, as each is held in memory
MOST_HELD = 128 * 1024**2  # bytes of answers that may be on their way to those who asked
SKEW = 2  # seconds by which clocks of several processes may differ
SHORT = 64 * 1024  # bytes of an answer that nobody waits for
BESIDE = 500  # bytes that a message takes beside its text, as it is stored and as it is sent
LONGEST_READ = 15  # seconds for all the pages of an answer, with the waits for one's turn
LONGEST_WAIT = 5  # seconds to wait for memory to make the answer in
START = 120  # seconds that the database may take to count a day's messages, before anybody is served


class AnotherLog(Exception):
    """The log in the database is not the one that a cursor comes from, or has lost its end."""


class Tail:
    """The newest messages, kept in memory: who is level with the log or nearly so need not read it.

    They are committed, and their ids follow each other without a hole, as the head gives out ids without
    holes: whoever has seen one of them has all it missed here.
    """

    def __init__(self) -> None:
        self.messages: list[Stored] = []

    def appended(self, messages: Sequence[Stored], before: Cursor) -> None:
        """Add messages that this process has stored, right after the one with the cursor.

        Where another process has stored something in between, they are left for the follower to read; so they
        are where the log is another one, as it has to notice that.
        """
        if not self.messages or self.messages[-1].cursor == before:
            self._add(messages)

    def read(self, messages: Sequence[Stored]) -> None:
        """Add messages that the follower has read, whose ids follow each other.

        Where they do not join on, the tail begins with them.
        """
        if self.messages and messages:
            last = self.messages[-1]
            known = last.id + 1 - messages[0].id  # how many of them are no later than the last one kept
            same = 0 <= known <= len(messages) and (not known or messages[known - 1].cursor == last.cursor)
            if known > len(messages):
                return
            if same:
                messages = messages[known:]
            else:
                self.messages = []
        self._add(messages)

    def _add(self, messages: Sequence[Stored]) -> None:
        self.messages += messages
        if len(self.messages) > 2 * KEPT:
            del self.messages[:-KEPT]

    def get(self, id: int) -> Stored | None:
        """The message with that id, if it is kept."""
        place = id - self.messages[0].id if self.messages else -1
        return self.messages[place] if 0 <= place < len(self.messages) else None

    def after(self, id: int) -> list[Stored] | None:
        """All that is kept after an id; None if something may lie in between, or nothing is there."""
        if not self.messages or not self.messages[0].id - 1 <= id < self.messages[-1].id:
            return None
        return self.messages[id + 1 - self.messages[0].id :]

    def at_most(self, id: int) -> Stored | None:
        """The newest message kept whose id is no greater."""
        if not self.messages or id < self.messages[0].id:
            return None
        return self.messages[min(id - self.messages[0].id, len(self.messages) - 1)]


class Reader:
    """The log of all sites' messages. `ttl` is in seconds: what was received earlier is never read."""

    def __init__(self, database: Database, ttl: float):
        self.database = database
        self.ttl = ttl
        self.tail = Tail()
        self._long_answers = green.Turns(LONG_ANSWERS)
        self._memory = Memory(MOST_HELD)

    def end(self) -> Cursor:
        """The cursor of the newest message ever stored; its id is 0 if there was none. Raises Unavailable."""
        (row,) = self._read(models.end)
        return Cursor.of(row.last_id, row.received_at)

    def open(self) -> Cursor:
        """Read the newest messages into the tail, and return the log's end. Raises Unavailable."""
        end = self.end()
        newest = [Stored(*row) for row in self.database.fetch(models.newest_first(KEPT))]
        self.tail = Tail()
        self.tail.read(_without_holes(newest[::-1]))
        return end

    def after(self, cursor: Cursor, limit: int) -> Sequence[Stored]:
        """The messages of all sites after the cursor, in id order. Raises Unavailable, and AnotherLog."""
        expired = self._expired()
        last = self.tail.get(cursor.id)
        kept = self.tail.after(cursor.id)
        if last is not None and last.cursor == cursor and kept:
            return [message for message in kept if message.received_at > expired][:limit]
        parameters = {"cursor": cursor.id, "expired": expired, "most": limit + 1}
        found = [Stored(*row) for row in self._read(models.tail, parameters)]
        if not self._continues(cursor, found[0].cursor if found else None):
            raise AnotherLog
        self.tail.read(_without_holes(found))
        return found[1:] if found and found[0].id == cursor.id else found[:limit]

    def locate(self, cursor: Cursor) -> tuple[int, bool]:
        """The id after which a viewer with that cursor goes on, and whether its log is another one.

        If the log is another one, that is the last message received no later than the cursor's: everything
        after it is new to the viewer. Where that time is in the future, by a clock that was ahead, nobody
        knows what is new, and it is 0. Raises Unavailable.
        """
        kept = self.tail.get(cursor.id)
        if kept is not None:
            same = cursor.received_us in (None, kept.cursor.received_us)
        elif cursor.received_us is None:
            same = cursor.id <= self.end().id
        else:
            row = next(iter(self._read(models.at_or_after, {"cursor": cursor.id})), None)
            same = self._continues(cursor, row and Cursor.of(row.id, row.received_at))
        if same:
            return cursor.id, False
        if cursor.received_at is None or cursor.received_at > time.time() + SKEW:
            return 0, True
        row = next(iter(self._read(models.last_received_by, {"time": cursor.received_at})), None)
        return (row.id if row else 0), True

    def _continues(self, cursor: Cursor, following: Cursor | None) -> bool:
        """Whether this log is the cursor's, of which `following` is the first message that is not before it.

        A message that has the same id was received at the same moment, and any later one not before.
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

    def backlog(self, sites: Collection[str], cursor: int, through: int, limit: int) -> Sequence[Stored]:
        """What the viewers of the sites missed from the cursor through an id. Raises Unavailable."""
        kept = self.tail.after(cursor)
        if kept is None or kept[-1].id < through:
            statement = models.backlog(sites, cursor, through, self._expired(), limit)
            return [Stored(*row) for row in self.database.fetch(statement, _walks(sites))]
        some = self._of(sites, kept[: through - cursor])
        return list(itertools.islice(some, limit))

    def gap(self, sites: Collection[str], cursor: int) -> bool:
        """Whether some of what the viewers of the sites missed has expired. Raises Unavailable."""
        known = self.tail.at_most(cursor + 1)
        if known is not None and known.received_at > self._expired():
            return False  # what came later has not expired either
        (row,) = self.database.fetch(models.lost(sites, cursor, self._expired()))
        return bool(row[0])

    def recent(self, query: Query, through: int | None = None) -> tuple[list[Stored], bool]:
        """The newest messages asked for, oldest first, and whether there are more. Raises Unavailable.

        None is newer than `through`, the end of the log where it is not given. However long they are, an
        answer has at most 8 million characters, and takes no longer than `LONGEST_READ` seconds.
        """
        if through is None:
            through = self.end().id
        size = 0
        found: list[Stored] = []
        for message in self._newest_first(query, through):
            size += len(message.message)
            if len(found) == query.limit or size > MOST_TEXT:
                return sorted(found, key=chronological), True
            found.append(message)
        return sorted(found, key=chronological), False

    def _newest_first(self, query: Query, through: int) -> Iterator[Stored]:
        """The messages asked for up to an id; what is near the end of the log is not looked up."""
        if query.after_id >= through:
            return
        kept = self.tail.after(query.after_id) if query.after_id else None
        if kept is None or kept[-1].id < through:
            yield from self._in_pages(query, through)
            return
        yield from filter(query.admits, self._of(query.sites, kept[through - query.after_id - 1 :: -1]))

    def _in_pages(self, query: Query, through: int) -> Iterator[Stored]:
        """The messages asked for, read page by page; who needs more than one waits for others that do."""
        until = time.monotonic() + LONGEST_READ
        size = min(PAGE, query.limit + 1)
        page = self._rows(query, through, None, size, until)
        if len(page) < size or query.limit < PAGE:
            yield from page
            return
        page.clear()  # it is read once more: a crowd that waits is not to hold a page each
        with self._long_answers.taken(left(until)):
            page = self._rows(query, through, None, size, until)
            while page:
                yield from page
                page = self._rows(query, through, page[-1], size, until) if len(page) == size else []

    def _rows(self, query: Query, through: int, last: Stored | None, size: int, until: float) -> list[Stored]:
        walks = bool(query.levels) or _walks(query.sites)
        statement = self._page(query, through, last).limit(size)
        return [Stored(*row) for row in self.database.fetch(statement, walks, left(until))]

    def _page(self, query: Query, through: int, last: Stored | None) -> models.Rows:
        """The statement that reads on after the last message read, or begins with the newest."""
        sites, after_time, after_id, before_id, levels, _ = query
        expired = self._expired()
        if after_time is not None and not query.by_id:
            before = (models.END, models.END) if last is None else (last.timestamp, last.id)
            return models.by_time(sites, after_time, before, through, levels, expired)
        end = through + 1 if before_id is None else min(through + 1, before_id)
        return models.by_id(sites, after_time, after_id, end if last is None else last.id, levels, expired)

    def _of(self, sites: Collection[str], messages: Iterable[Stored]) -> Iterator[Stored]:
        """Those of the messages that are of the sites and have not expired."""
        wanted, every, expired = set(sites), models.EVERY_SITE in sites, self._expired()
        for message in messages:
            if (every or message.site in wanted) and message.received_at > expired:
                yield message

    def hold(self, messages: Sequence[Stored]) -> Share:
        """Memory for an answer of these messages: for them, until it is made, and for what is made of them.

        A short answer has it at once. Raises Busy.
        """
        size = sum(2 * len(each.message) + BESIDE for each in messages)
        return self._memory.take(size if size > SHORT else 0, LONGEST_WAIT)

    def minutes(self, since: float, through: int) -> Sequence[tuple[str, str, int, int]]:
        """`(site, log_level, minute, count)` of what was received after `since` (unix seconds), up to an id.

        `minute` is in minutes of unix time. Raises Unavailable.
        """
        return self.database.fetch(models.minutes(since, through), patience=START)

    def newest(self, since: float, through: int) -> list[Stored]:
        """The last message up to an id of every site heard of after `since`. Raises Unavailable."""
        return [Stored(*row) for row in self.database.fetch(models.newest(since, through), patience=START)]

    def _read(self, statement: sa.Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """The rows of a statement that finds a few by their ids, which is done at once."""
        with self.database.read() as connection:
            return connection.execute(statement, parameters).all()

    def _expired(self) -> float:
        """What was received at this time (unix seconds) or before has expired."""
        return time.time() - self.ttl


def _walks(sites: Collection[str]) -> bool:
    """Whether messages of the sites are not found by the index alone."""
    return len(sites) > models.MOST_MERGED


def chronological(message: Stored) -> tuple[int, int]:
    """What to sort messages by: their own time, then their ids."""
    return message.timestamp, message.id


def _without_holes(messages: list[Stored]) -> list[Stored]:
    """The end of the list, from where on ids follow each other."""
    start = max(0, len(messages) - 1)
    while start and messages[start - 1].id == messages[start].id - 1:
        start -= 1
    return messages[start:]
