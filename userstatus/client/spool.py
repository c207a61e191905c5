"""The messages of a site that wait at a telescope: what is kept, what is sent next, what is dropped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, Callable, NamedTuple

from userstatus.client.spool_file import BUSY_S, SpoolFile, is_damage
from userstatus.message import MAX_MESSAGES

BATCH_BYTES = 240 * 1024  # less than a request may have (message.MAX_BODY_BYTES), with room for commas
WARNING = 30  # a level of `logging`; what is less is dropped first, and sent last after an absence
LONG_ABSENCE_S = 120.0  # after which warnings and worse overtake what is less
TRIM_EVERY = 256  # calls of `put` between two looks at the size
TRIM_MESSAGES = 2000  # that are dropped at a time
SLOW_DISK_S = 5.0  # for which a message waits while other threads write: what is in memory survives no kill
MAX_REFUSED = 1000  # that are kept for somebody to look at

SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again: nothing new is taken for what was sent
    level INTEGER NOT NULL,
    logged_at REAL NOT NULL,
    body TEXT NOT NULL  -- the JSON object to send
);
CREATE INDEX IF NOT EXISTS urgent ON waiting (id) WHERE level >= 30;
CREATE TABLE IF NOT EXISTS refused (
    id INTEGER PRIMARY KEY,
    refused_at REAL NOT NULL,
    error TEXT NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS dropped (
    level INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    first REAL NOT NULL,  -- when the first one was logged
    last REAL NOT NULL
);
"""
SELECT = "SELECT id, level, logged_at, body FROM waiting"
INSERT = "INSERT INTO waiting (level, logged_at, body) VALUES (?, ?, ?)"
DROPPED = "SELECT level, count, first, last FROM dropped ORDER BY level DESC"
EXPIRED = (
    "SELECT id, level, logged_at, body FROM (SELECT * FROM waiting ORDER BY id LIMIT ?) WHERE logged_at < ?"
)


class Waiting(NamedTuple):
    """A message that waits: `body` is the JSON object to send, `logged_at` in unix seconds."""

    id: int
    level: int
    logged_at: float
    body: str


class Dropped(NamedTuple):
    """The number of dropped messages of a level of `logging`, and the times of the first and the last one."""

    level: int
    number: int
    first: float
    last: float


class Spool:
    """Messages that wait in the file `path`, or in memory if that is None.

    At most about `max_bytes` are kept. A file that is damaged is renamed, and `tell` is called with a
    sentence that says so; a new one takes its place. All methods may be called by any thread, and raise
    sqlite3.Error or OSError if the file cannot be read or written, also if another process has kept it locked
    for `patience` seconds. `batch`, `sent` and `forget` are for the one thread that sends.
    """

    def __init__(
        self, path: Path | None, max_bytes: int, tell: Callable[[str], None], synchronous: str = "NORMAL"
    ):
        self.path = path
        self.max_bytes = max_bytes
        self._file = SpoolFile(path, SCHEMA, tell, synchronous)
        self._puts = 0
        self._stored: dict[int, int] = {}  # ids and levels of what is sent and could not be deleted yet,
        self._generation = 0  # in this file

    def put(self, body: str, level: int, logged_at: float) -> None:
        """Keep a message, given as the JSON object to send, that is logged now (unix seconds)."""
        try:
            self._insert(body, level, logged_at)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._insert(body, level, logged_at)  # into the new file
        if self._puts % TRIM_EVERY == 0:  # the first time, too: a short program may never come to the next
            with suppress(sqlite3.Error, OSError):  # the message is kept
                self._trim()
        self._puts += 1

    def put_all(self, messages: Sequence[Waiting], patience: float = BUSY_S) -> None:
        """Keep messages that have waited elsewhere, in this order, all or none."""
        rows = [(each.level, each.logged_at, each.body) for each in messages]
        self._file.transact(lambda connection: connection.executemany(INSERT, rows), patience)

    def batch(self, now: float, most: int = MAX_MESSAGES) -> list[Waiting]:
        """The messages to send next, in this order: at most `most` and as many as fit into a request.

        They are the oldest ones, unless these are of two minutes ago or more: then the newest ones of warning
        and worse come first, as somebody may have to act on them.
        """

        def find(connection: sqlite3.Connection) -> list[Waiting]:
            self._stored, self._generation = self._passed_over(), self._file.generation
            oldest = next(self._found(connection, "ORDER BY id", 1), None)
            if oldest is None:
                return []
            if now - oldest.logged_at >= LONG_ABSENCE_S:
                order = "WHERE level >= 30 ORDER BY id DESC"
                if urgent := _that_fit(self._found(connection, order, MAX_MESSAGES)):
                    return urgent[::-1][:most]
            return _that_fit(self._found(connection, "ORDER BY id", most))

        return self._file.run(find)

    def sent(self, messages: Sequence[Waiting]) -> None:
        """Forget messages: they are in the log of the server.

        While the file cannot be written, they stay there, and `batch` passes over them.
        """
        patience = 0.0 if self._stored else BUSY_S
        self._stored.update((each.id, each.level) for each in messages)
        with suppress(sqlite3.Error, OSError):
            self.forget(patience)

    def forget(self, patience: float = BUSY_S) -> None:
        """Delete what is sent and could not be deleted before.

        What has been dropped while it was being sent does not count as dropped.
        """
        if not self._stored:
            return

        def delete(connection: sqlite3.Connection) -> None:
            for id, level in self._passed_over().items():
                if not connection.execute("DELETE FROM waiting WHERE id = ?", (id,)).rowcount:
                    connection.execute("UPDATE dropped SET count = count - 1 WHERE level = ?", (level,))
            connection.execute("DELETE FROM dropped WHERE count <= 0")

        self._file.transact(delete, patience)
        self._stored = {}

    def refuse(self, message: Waiting, error: str, now: float) -> None:
        """Set a message aside that the server will never take. The newest 1,000 are kept."""

        def set_aside(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM waiting WHERE id = ?", (message.id,))
            connection.execute(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", (message.id, now, error, message.body)
            )
            connection.execute(
                "DELETE FROM refused WHERE id <= (SELECT id FROM refused ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (MAX_REFUSED,),
            )

        self._file.transact(set_aside)

    def refused(self) -> list[tuple[float, str, str]]:
        """The messages that were set aside: when (unix seconds), why, and what was to be sent."""
        query = "SELECT refused_at, error, body FROM refused ORDER BY id"
        return self._file.run(lambda connection: connection.execute(query).fetchall())

    def expire(self, before: float) -> None:
        """Drop the oldest messages as long as they were logged before a time (unix seconds)."""
        while self._drop(EXPIRED, (TRIM_MESSAGES, before)):
            pass

    def dropped(self) -> list[Dropped]:
        """What has been dropped since `tell_dropped` was last called."""
        return self._file.run(_dropped)

    def tell_dropped(self, body_of: Callable[[list[Dropped]], str], level: int, now: float) -> bool:
        """Put a message that tells of everything dropped so far, and forget that; returns whether any was.

        `body_of` makes the JSON object to send.
        """
        if not self.dropped():
            return False

        def tell(connection: sqlite3.Connection) -> bool:
            dropped = _dropped(connection)  # again, as other processes drop and tell, too
            if dropped:
                connection.execute(INSERT, (level, now, body_of(dropped)))
                connection.execute("DELETE FROM dropped")
            return bool(dropped)

        return self._file.transact(tell)

    def last_id(self, patience: float = BUSY_S) -> int:
        """The id of the newest message that waits, 0 if none does."""
        return int(self._number("SELECT coalesce(max(id), 0) FROM waiting", patience))

    def first_id(self, patience: float = BUSY_S) -> int:
        """The id of the oldest message that waits and is not sent, 0 if none does."""

        def find(connection: sqlite3.Connection) -> int:
            passed_over = self._passed_over()
            query = "SELECT id FROM waiting ORDER BY id LIMIT ?"
            rows = connection.execute(query, (len(passed_over) + 1,))
            return next((id for (id,) in rows if id not in passed_over), 0)

        return self._file.run(find, patience)

    def has_until(self, id: int, patience: float = BUSY_S) -> bool:
        """Whether a message waits that is not newer than the one of this id."""
        return 0 < self.first_id(patience) <= id

    def count(self) -> int:
        """The number of messages that wait."""
        return int(self._number("SELECT count(*) FROM waiting"))

    def oldest(self) -> float | None:
        """When the first message that waits was logged (unix seconds), None if none does."""
        found: float | None = self._number("SELECT logged_at FROM waiting ORDER BY id LIMIT 1")
        return found

    def clear(self) -> int:
        """Delete everything that waits or was refused; returns how many messages that were."""

        def delete(connection: sqlite3.Connection) -> int:
            count = connection.execute("DELETE FROM waiting").rowcount
            return int(count + connection.execute("DELETE FROM refused").rowcount)

        return self._file.transact(delete)

    def held(self, patience: float) -> AbstractContextManager[None]:
        """Keep all other threads out, of which one may do so now for `patience` seconds."""
        return self._file.held(patience)

    def checkpoint(self) -> None:
        """Keep the write-ahead log of the file short."""
        self._file.checkpoint()

    def close(self) -> None:
        """Close the file; it is opened again when it is used again."""
        self._stored = {}  # another file may be there then
        self._file.close()

    def _insert(self, body: str, level: int, logged_at: float) -> None:
        self._file.run(
            lambda connection: connection.execute(INSERT, (level, logged_at, body)), for_threads=SLOW_DISK_S
        )

    def _passed_over(self) -> dict[int, int]:
        """What is sent and is still in the file that is open now."""
        return self._stored if self._generation == self._file.generation else {}

    def _found(self, connection: sqlite3.Connection, order: str, most: int) -> Iterator[Waiting]:
        """The first messages in an order, at most `most`, that are not sent."""
        rows = connection.execute(f"{SELECT} {order} LIMIT ?", (most + len(self._stored),))
        return islice((Waiting(*row) for row in rows if row[0] not in self._stored), most)

    def _trim(self) -> None:
        """Drop the oldest messages below warning while there is too much, or the oldest of all if none is.

        A log call waits for this, so if another process writes just now, it is left to the next time.
        """
        for condition in ("level < 30", "1"):
            query = f"{SELECT} WHERE {condition} ORDER BY id LIMIT {TRIM_MESSAGES}"
            while self._size() > self.max_bytes:
                if not self._drop(query, patience=0.0):
                    break

    def _size(self) -> int:
        """The number of bytes in use; deleted messages leave free pages, which later ones fill."""
        pages = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        return int(pages * self._number("PRAGMA page_size"))

    def _drop(self, query: str, values: Sequence[object] = (), patience: float = BUSY_S) -> bool:
        """Drop the messages that a query finds, and count them; returns whether there were any."""
        if self._file.run(lambda connection: connection.execute(query, values).fetchone()) is None:
            return False

        def drop(connection: sqlite3.Connection) -> bool:
            found = [Waiting(*row) for row in connection.execute(query, values)]
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(each.id,) for each in found])
            for level in {each.level for each in found}:
                times = [each.logged_at for each in found if each.level == level]
                connection.execute(
                    "INSERT INTO dropped VALUES (?, ?, ?, ?) ON CONFLICT (level) DO UPDATE SET"
                    " count = count + excluded.count, first = min(first, excluded.first),"
                    " last = max(last, excluded.last)",
                    (level, len(times), min(times), max(times)),
                )
            return bool(found)

        return self._file.transact(drop, patience)

    def _number(self, query: str, patience: float = BUSY_S) -> Any:
        row = self._file.run(lambda connection: connection.execute(query).fetchone(), patience)
        return row[0] if row else None


def _dropped(connection: sqlite3.Connection) -> list[Dropped]:
    return [Dropped(*row) for row in connection.execute(DROPPED)]


def _that_fit(messages: Iterator[Waiting]) -> list[Waiting]:
    """The first messages that fit into a request together, at least one."""
    found: list[Waiting] = []
    size = 0
    for message in messages:
        size += len(message.body) + 1  # they are ASCII
        if found and size > BATCH_BYTES:
            break
        found.append(message)
    return found
