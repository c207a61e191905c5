"""The journal: append to the log, read it, and the bell that says there is more of it."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Collection, Sequence
from contextlib import closing
from typing import Any

import psycopg
import sqlalchemy as sa

from userstatus import green, models
from userstatus.database import Database
from userstatus.errors import Unavailable
from userstatus.wire import NewMessage, Query, Stored

log = logging.getLogger(__name__)

RELISTEN = 0.5  # seconds between two attempts to hear the bell of the database
KEPT = 1000  # messages at the end of the log that are kept in memory, at least
MOST_SITES = 100  # whose uuids are asked for in one query; SQLite bounds how deep an expression may be
MOST_TEXT = 8 * 1024**2  # characters of messages in one answer
MOST_TOGETHER = 2000  # messages in one transaction


class Append:
    """One request's messages on their way into the log; `done` brings their ids, or what went wrong."""

    __slots__ = ("done", "messages")

    def __init__(self, messages: Sequence[NewMessage]):
        self.messages = messages
        self.done = green.Event()


class Tail:
    """The newest messages, kept in memory: who is level with the log or nearly so need not read it.

    They are committed, and their ids follow each other without a hole, as the head gives out ids without
    holes: whoever has seen the one before the first of them has all it missed here.
    """

    def __init__(self) -> None:
        self.messages: list[Stored] = []

    def extend(self, messages: Sequence[Stored]) -> None:
        """Add messages that were committed, in id order; what they do not join on to is forgotten."""
        if self.messages and messages and messages[0].id != self.messages[-1].id + 1:
            self.messages = []
        self.messages += messages
        if len(self.messages) > 2 * KEPT:
            del self.messages[:-KEPT]

    def after(self, cursor: int) -> list[Stored] | None:
        """All that is kept after the cursor; None if something may lie in between, or nothing is there."""
        if not self.messages or not self.messages[0].id - 1 <= cursor < self.messages[-1].id:
            return None
        return self.messages[cursor + 1 - self.messages[0].id :]


class Journal:
    """The log of all sites' messages. `ttl` is in seconds: what was received earlier is never read.

    `bell` is set whenever there may be something new, here or (Postgres) in another process.
    """

    def __init__(self, database: Database, ttl: float):
        self.database = database
        self.ttl = ttl
        self.bell = threading.Event()
        self.tail = Tail()
        self._waiting: deque[Append] = deque()
        self._writing = False

    def append(self, messages: Sequence[NewMessage]) -> list[int]:
        """Store the messages, all or none, and return their ids once they are committed.

        Whoever calls while a transaction is being written goes together with all others into the next
        one. A uuid that the site has sent before is answered with the first message's id. Raises
        Unavailable if nothing could be stored.
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
            ids = self._store([message for each in group for message in each.messages], time.time())
        except Unavailable as error:
            # Whoever came meanwhile has waited long enough, too: nobody waits for two deadlines.
            log.warning("%d requests could not be stored: %s", len(group), error.reason)
            for each in (*group, *self._waiting):
                each.done.send_exception(error)
            self._waiting.clear()
            return
        except Exception as error:  # whatever it is, the requests that wait have to hear of it
            if len(group) == 1:
                group[0].done.send_exception(error)
            else:
                for each in group:
                    self._commit([each])
            return
        for each in group:
            each.done.send(ids[: len(each.messages)])
            del ids[: len(each.messages)]
        self.bell.set()

    def _store(self, messages: list[NewMessage], now: float) -> list[int]:
        new: list[Stored] = []
        ids: list[int] = []
        with self.database.append() as connection:
            last = connection.scalar(models.take_ids, {"count": len(messages)})
            known = _known(connection, messages)
            rows = []
            following = last - len(messages) + 1
            for message in messages:
                name = (message.site, message.uuid)
                if message.uuid is None or name not in known:
                    new.append(Stored(following, *message[:4], now))
                    rows.append({**message._asdict(), "id": following, "received_at": now})
                    known[name] = following
                    following += 1
                ids.append(known[name])
            if following <= last:
                connection.execute(models.set_head, {"last": following - 1})
            if rows:
                connection.execute(models.insert, rows)
                if not self.database.is_sqlite:
                    connection.execute(models.ring)
        self.tail.extend(new)
        return ids

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

    def last_id(self) -> int:
        """The id of the newest message ever stored, 0 if there was none. Raises Unavailable."""
        with self.database.read() as connection:
            return connection.scalar(models.last_id) or 0

    def open(self) -> int:
        """Read the newest messages into the tail, and return the log's last id. Raises Unavailable."""
        last = self.last_id()
        newest = [Stored(*row) for row in self._read(models.newest_first(KEPT))]
        self.tail.extend(_without_holes(newest[::-1]))
        return last

    def after(self, cursor: int, limit: int) -> Sequence[Stored]:
        """The messages of all sites after the cursor, in id order. Raises Unavailable."""
        kept = self.tail.after(cursor)
        if kept is not None:
            expired = self._expired()
            return [message for message in kept if message.received_at > expired][:limit]
        parameters = {"cursor": cursor, "expired": self._expired(), "most": limit}
        with self.database.read() as connection:
            return [Stored(*row) for row in connection.execute(models.tail, parameters)]

    def backlog(self, sites: Collection[str], cursor: int, through: int, limit: int) -> Sequence[Stored]:
        """What the viewers of the sites missed from the cursor through an id. Raises Unavailable."""
        kept = self.tail.after(cursor)
        if kept is None or kept[-1].id < through:
            return self._read(models.backlog(sites, cursor, through, self._expired(), limit))
        expired, every = self._expired(), models.EVERY_SITE in sites
        return [
            message
            for message in kept[: through - cursor]
            if (every or message.site in sites) and message.received_at > expired
        ][:limit]

    def gap(self, sites: Collection[str], cursor: int) -> bool:
        """Whether some of what the viewers of the sites missed has expired. Raises Unavailable."""
        kept = self.tail.after(cursor)
        if kept is not None and kept[0].received_at > self._expired():
            return False
        (row,) = self._read(models.lost(sites, cursor, self._expired()))
        return bool(row[0])

    def recent(self, query: Query) -> tuple[list[Stored], bool]:
        """The newest messages asked for, oldest first, and whether there are more. Raises Unavailable.

        However long they are, an answer has at most 8 million characters, as everybody waits while it is
        being made.
        """
        found: list[Stored] = []
        size = 0
        statement = models.recent(**query._replace(limit=query.limit + 1)._asdict(), expired=self._expired())
        with self.database.read() as connection, connection.execute(statement) as rows:
            for row in rows:
                size += len(row.message)
                if len(found) == query.limit or size > MOST_TEXT:
                    return sorted(found, key=_chronological), True
                found.append(Stored(*row))
        return sorted(found, key=_chronological), False

    def minutes(self, since: float, through: int) -> Sequence[tuple[str, str, int, int]]:
        """`(site, log_level, minute, count)` of what was received after `since` (unix seconds), up to an id.

        `minute` is in minutes of unix time. Raises Unavailable.
        """
        return self._read(models.minutes(since, through))

    def newest(self, since: float, through: int) -> list[Stored]:
        """The last message up to an id of every site heard of after `since`. Raises Unavailable."""
        return [Stored(*row) for row in self._read(models.newest(since, through))]

    def _read(self, statement: sa.Executable) -> Sequence[Any]:
        with self.database.read() as connection:
            return connection.execute(statement).all()

    def _expired(self) -> float:
        """What was received at this time (unix seconds) or before has expired."""
        return time.time() - self.ttl


def _chronological(message: Stored) -> tuple[int, int]:
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
