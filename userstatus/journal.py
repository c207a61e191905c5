"""The journal: append to the log, read it, and the bell that says there is more of it."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from userstatus import green, models
from userstatus.cursor import Cursor
from userstatus.database import Database
from userstatus.errors import Unavailable, Unconfirmed
from userstatus.wire import NewMessage, Query, Stored

log = logging.getLogger(__name__)

BEHIND = 60  # seconds that the clock may be behind the last message until that is worth a line in the log
RELISTEN = 0.5  # seconds between two attempts to hear the bell of the database
KEPT = 1000  # messages at the end of the log that are kept in memory, at least
MOST_SITES = 100  # whose uuids are asked for in one query; SQLite bounds how deep an expression may be
MOST_TEXT = 8 * 1024**2  # characters of messages in one answer
PAGE = 250  # messages of it that are read at a time
LONG_ANSWERS = 4  # of more than that are made at a time, as each is held in memory
LONGEST_WAIT = 20  # seconds to wait for one's turn
START = 120  # seconds that the database may take to count a day's messages, before anybody is served
MOST_TOGETHER = 2000  # messages in one transaction
LONGEST = 4.5  # seconds for an append and for finding out what came of it; observatories hang up after 5
LOOK_AGAIN = 0.1  # seconds between two attempts to find out


class Append:
    """One request's messages on their way into the log; `done` brings their ids, or what went wrong."""

    __slots__ = ("done", "messages")

    def __init__(self, messages: Sequence[NewMessage]):
        self.messages = messages
        self.done = green.Event()


class AnotherLog(Exception):
    """The log in the database is not the one that a cursor comes from, or has lost its end."""


class Tail:
    """The newest messages, kept in memory: who is level with the log or nearly so need not read it.

    They are committed, and their ids follow each other without a hole, as the head gives out ids without
    holes: whoever has seen one of them has all it missed here.
    """

    def __init__(self) -> None:
        self.messages: list[Stored] = []

    def extend(self, messages: Sequence[Stored], anew: bool = False) -> None:
        """Add messages that were committed, whose ids follow each other; what is known is not added again.

        What does not join on, as another process has appended in between, is left for the follower to
        read; with `anew`, as it has read them, the tail then begins with them.
        """
        if self.messages and messages:
            last = self.messages[-1]
            known = last.id + 1 - messages[0].id  # how many of them are no later than the last one kept
            if 0 < known <= len(messages) and messages[known - 1].cursor != last.cursor:
                self.messages = []  # the log is another one
            elif known < 0:
                if not anew:
                    return
                self.messages = []
            else:
                messages = messages[known:]
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


class Journal:
    """The log of all sites' messages. `ttl` is in seconds: what was received earlier is never read.

    `bell` is set whenever there may be something new, here or (Postgres) in another process.
    """

    def __init__(self, database: Database, ttl: float):
        self.database = database
        self.ttl = ttl
        self.bell = threading.Event()
        self.tail = Tail()
        self.trouble: str | None = None  # why the last append failed
        self._long_answers = green.Turns(LONG_ANSWERS)
        self._waiting: deque[Append] = deque()
        self._writing = False
        self._behind = False

    def append(self, messages: Sequence[NewMessage]) -> list[int]:
        """Store the messages, all or none, and return their ids once they are committed.

        Whoever calls while a transaction is being written goes together with all others into the next
        one. A uuid that the site has sent before is answered with the first message's id. Raises
        Unavailable if nothing could be stored, and Unconfirmed if that cannot be known.
        """
        if not messages:
            return []
        mine = Append(messages)
        self._waiting.append(mine)
        if not self._writing:
            self._writing = True
            green.spawn(self._write)
        ids: list[int] = mine.done.wait()
        return ids

    def _write(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft()]
                size = len(group[0].messages)
                while self._waiting and size + len(self._waiting[0].messages) <= MOST_TOGETHER:
                    group.append(self._waiting.popleft())
                    size += len(group[-1].messages)
                self._commit(group)
        finally:
            self._writing = False

    def _commit(self, group: list[Append]) -> None:
        """Store the group in one transaction; if that fails, each by itself, so that an error stays alone."""
        try:
            ids = self._store([message for each in group for message in each.messages], round(time.time(), 6))
        except Unavailable as error:
            # Whoever came meanwhile has waited long enough, too: nobody waits for two deadlines.
            log.warning("%d requests could not be stored: %s", len(group), error.reason)
            for each in group:
                each.done.send_exception(error)
            for each in self._waiting:
                each.done.send_exception(Unavailable(error.reason) if type(error) is Unconfirmed else error)
            self._waiting.clear()
            self.trouble = error.reason
            return
        except Exception as error:  # whatever it is, the requests that wait have to hear of it
            self.trouble = repr(error)
            if len(group) == 1:
                group[0].done.send_exception(error)
            else:
                for each in group:
                    self._commit([each])
            return
        for each in group:
            each.done.send(ids[: len(each.messages)])
            del ids[: len(each.messages)]
        self.trouble = None
        self.bell.set()

    def _store(self, messages: list[NewMessage], now: float) -> list[int]:
        new: list[Stored] = []
        ids: list[int] = []
        with self._confirmed(new), self.database.append() as connection:
            last, received_at = connection.execute(
                models.take_ids, {"count": len(messages), "now": now}
            ).one()
            known = _known(connection, messages)
            rows = []
            following = last - len(messages) + 1
            for message in messages:
                name = (message.site, message.uuid)
                if message.uuid is None or name not in known:
                    new.append(Stored(following, *message[:4], received_at))
                    rows.append({**message._asdict(), "id": following, "received_at": received_at})
                    known[name] = following
                    following += 1
                ids.append(known[name])
            if rows:
                connection.execute(models.insert, rows)
                if not self.database.is_sqlite:
                    connection.execute(models.ring)
            if following <= last:
                connection.execute(models.set_head, {"last": following - 1})
        self.tail.extend(new)
        self._compare_clocks(now, received_at)
        return ids

    def _compare_clocks(self, now: float, received_at: float) -> None:
        behind = received_at - now > BEHIND
        if behind and not self._behind:
            log.warning(
                "the clock is %d s behind the receipt of the last message: set it. Until it has caught up,"
                " messages count as received at that time",
                received_at - now,
            )
        self._behind = behind

    @contextmanager
    def _confirmed(self, new: Sequence[Stored]) -> Iterator[None]:
        """Go on where the block's commit was not confirmed, but the new messages turn out to be there.

        Raises Unavailable if they are not, and Unconfirmed if that cannot be found out in time.
        """
        until = time.monotonic() + LONGEST
        try:
            yield
        except Unconfirmed as unconfirmed:
            if new and not self._are_stored(new, until, unconfirmed):
                raise Unavailable(unconfirmed.reason) from unconfirmed
            log.warning("the database has what it did not confirm: %s", unconfirmed.reason)

    def _are_stored(self, new: Sequence[Stored], until: float, unconfirmed: Unconfirmed) -> bool:
        """Whether the log has exactly these messages, or not and never will. Raises Unconfirmed."""
        while not self.database.is_sqlite and (left := until - time.monotonic()) > 0:
            try:
                with self.database.write(patience=left) as connection:
                    connection.execute(models.hold_head)  # the commit in question holds it to its end
                    rows = connection.execute(models.with_ids(new[0].id, new[-1].id))
                    return [Stored(*row) for row in rows] == new
            except Unavailable:
                time.sleep(min(LOOK_AGAIN, left))
        raise unconfirmed

    def try_out(self) -> None:
        """Store a message and delete it again before anybody can see it. Raises Unavailable.

        If it works, so would an append: it writes to the same tables and indexes, and commits.
        """
        trial = NewMessage("trial", "", "info", 0, None)._asdict()
        try:
            with self.database.write() as connection:
                last = connection.scalar(models.hold_head) or 0
                connection.execute(models.set_head, {"last": last})
                connection.execute(models.insert, {**trial, "id": last + 1, "received_at": time.time()})
                connection.execute(models.deletion([last + 1]))
        except Unavailable as error:
            self.trouble = error.reason
            raise
        except sa.exc.DBAPIError as error:
            self.trouble = str(error.orig)
            raise Unavailable(self.trouble) from error
        self.trouble = None

    def listen(self) -> None:
        """Ring this process's bell when another process appends, for ever. For Postgres.

        A lost connection is taken up again; as a missed bell costs time but no message, it is rung then.
        """
        while True:
            try:
                with closing(self.database.listener()) as connection:
                    connection.execute(f"LISTEN {models.CHANNEL}")
                    self.bell.set()
                    for _ in connection.notifies():
                        self.bell.set()
            except (Unavailable, psycopg.Error) as error:
                log.warning("the database's bell is lost, trying again: %s", str(error).splitlines()[0])
            time.sleep(RELISTEN)

    def end(self) -> Cursor:
        """The cursor of the newest message ever stored; its id is 0 if there was none. Raises Unavailable."""
        (row,) = self._read(models.end)
        return Cursor.of(row.last_id, row.received_at)

    def open(self) -> Cursor:
        """Read the newest messages into the tail, and return the log's end. Raises Unavailable."""
        end = self.end()
        newest = [Stored(*row) for row in self.database.fetch(models.newest_first(KEPT))]
        self.tail = Tail()
        self.tail.extend(_without_holes(newest[::-1]))
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
        self.tail.extend(_without_holes(found), anew=True)
        return found[1:] if found and found[0].id == cursor.id else found[:limit]

    def locate(self, cursor: Cursor) -> tuple[int, bool]:
        """The id after which a viewer with that cursor goes on, and whether its log is another one.

        Of another log, it is the last message that had been received when the cursor's was: what was received
        later is new to the viewer. Raises Unavailable.
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
        if cursor.received_at is None:
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
        answer has at most 8 million characters.
        """
        if through is None:
            through = self.end().id
        size = 0
        found: list[Stored] = []
        for message in self._newest_first(query, through):
            if message.id > through:
                continue
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
        size = min(PAGE, query.limit + 1)
        first = self._rows(query, through, None, size)
        yield from first
        if len(first) == size:
            with self._long_answers.taken(LONGEST_WAIT):
                page = first
                while len(page) == size:
                    page = self._rows(query, through, page[-1], size)
                    yield from page

    def _rows(self, query: Query, through: int, last: Stored | None, size: int) -> list[Stored]:
        walks = bool(query.levels) or _walks(query.sites)
        statement = self._page(query, through, last).limit(size)
        return [Stored(*row) for row in self.database.fetch(statement, walks)]

    def _page(self, query: Query, through: int, last: Stored | None) -> models.Rows:
        """The statement that reads on after the last message read, or begins with the newest."""
        sites, after_time, after_id, before_id, levels, _ = query
        expired = self._expired()
        if after_time is not None and not query.by_id:
            before = (models.END, models.END) if last is None else (last.timestamp, last.id)
            return models.by_time(sites, after_time, before, levels, expired)
        end = through + 1 if before_id is None else min(through + 1, before_id)
        return models.by_id(sites, after_time, after_id, end if last is None else last.id, levels, expired)

    def _of(self, sites: Collection[str], messages: Iterable[Stored]) -> Iterator[Stored]:
        """Those of the messages that are of the sites and have not expired."""
        wanted, every, expired = set(sites), models.EVERY_SITE in sites, self._expired()
        for message in messages:
            if (every or message.site in wanted) and message.received_at > expired:
                yield message

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


def _known(connection: sa.Connection, messages: Sequence[NewMessage]) -> dict[tuple[str, str | None], int]:
    """The ids of those messages whose uuid their site has sent before."""
    uuids: dict[str, list[str]] = {}
    for message in messages:
        if message.uuid is not None:
            uuids.setdefault(message.site, []).append(message.uuid)
    known: dict[tuple[str, str | None], int] = {}
    sites = list(uuids)
    for start in range(0, len(sites), MOST_SITES):
        some = {site: uuids[site] for site in sites[start : start + MOST_SITES]}
        known |= {(site, uuid): id for site, uuid, id in connection.execute(models.same_uuids(some))}
    return known
