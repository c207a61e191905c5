"""The messages of a site that wait at a telescope: what is kept, what is sent next, what is dropped."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable, NamedTuple

from userstatus.client.spool_file import SpoolFile, is_damage
from userstatus.message import MAX_MESSAGES

BATCH_BYTES = 240 * 1024  # less than a request may have (message.MAX_BODY_BYTES), with room for commas
WARNING = 30  # a level of `logging`; what is less is dropped first, and sent last after an absence
LONG_ABSENCE_S = 120.0  # after which warnings and worse overtake what is less
TRIM_EVERY = 256  # calls of `put` between two looks at the size
TRIM_MESSAGES = 2000  # that are dropped at a time
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
    sqlite3.Error or OSError if the file cannot be read or written.
    """

    def __init__(
        self, path: Path | None, max_bytes: int, tell: Callable[[str], None], synchronous: str = "NORMAL"
    ):
        self.path = path
        self.max_bytes = max_bytes
        self._file = SpoolFile(path, SCHEMA, tell, synchronous)
        self._puts = 0

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

    def batch(self, now: float, most: int = MAX_MESSAGES) -> list[Waiting]:
        """The messages to send next, in this order: at most `most` and as many as fit into a request.

        They are the oldest ones, unless these are of two minutes ago or more: then the newest ones of warning
        and worse come first, as somebody may have to act on them.
        """
        with self._file.connection() as connection:
            oldest = connection.execute(f"{SELECT} ORDER BY id LIMIT 1").fetchone()
            if oldest is None:
                return []
            if now - Waiting(*oldest).logged_at >= LONG_ABSENCE_S:
                query = f"{SELECT} WHERE level >= 30 ORDER BY id DESC LIMIT {MAX_MESSAGES}"
                if urgent := _that_fit(connection.execute(query)):
                    return urgent[::-1][:most]
            return _that_fit(connection.execute(f"{SELECT} ORDER BY id LIMIT ?", (most,)))

    def sent(self, messages: Sequence[Waiting]) -> None:
        """Forget messages: they are in the log of the server."""
        with self._file.transaction() as connection:
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(each.id,) for each in messages])

    def refuse(self, message: Waiting, error: str, now: float) -> None:
        """Set a message aside that the server will never take. The newest 1,000 are kept."""
        with self._file.transaction() as connection:
            connection.execute("DELETE FROM waiting WHERE id = ?", (message.id,))
            connection.execute(
                "INSERT OR REPLACE INTO refused VALUES (?, ?, ?, ?)", (message.id, now, error, message.body)
            )
            connection.execute(
                "DELETE FROM refused WHERE id <= (SELECT id FROM refused ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (MAX_REFUSED,),
            )

    def refused(self) -> list[tuple[float, str, str]]:
        """The messages that were set aside: when (unix seconds), why, and what was to be sent."""
        with self._file.connection() as connection:
            return connection.execute("SELECT refused_at, error, body FROM refused ORDER BY id").fetchall()

    def expire(self, before: float) -> None:
        """Drop the oldest messages as long as they were logged before a time (unix seconds)."""
        while self._drop(EXPIRED, (TRIM_MESSAGES, before)):
            pass

    def dropped(self) -> list[Dropped]:
        """What has been dropped since `tell_dropped` was last called."""
        with self._file.connection() as connection:
            return [Dropped(*row) for row in connection.execute(DROPPED)]

    def tell_dropped(self, body_of: Callable[[list[Dropped]], str], level: int, now: float) -> bool:
        """Put a message that tells of everything dropped so far, and forget that; returns whether any was.

        `body_of` makes the JSON object to send.
        """
        if not self.dropped():
            return False
        with self._file.transaction() as connection:  # other processes drop and tell, too
            dropped = [Dropped(*row) for row in connection.execute(DROPPED)]
            if dropped:
                connection.execute(INSERT, (level, now, body_of(dropped)))
                connection.execute("DELETE FROM dropped")
        return bool(dropped)

    def last_id(self) -> int:
        """The id of the newest message that waits, 0 if none does."""
        return int(self._number("SELECT coalesce(max(id), 0) FROM waiting"))

    def has_until(self, id: int) -> bool:
        """Whether a message waits that is not newer than the one of this id."""
        return bool(self._number("SELECT EXISTS (SELECT 1 FROM waiting WHERE id <= ?)", (id,)))

    def count(self) -> int:
        """The number of messages that wait."""
        return int(self._number("SELECT count(*) FROM waiting"))

    def oldest(self) -> float | None:
        """When the first message that waits was logged (unix seconds), None if none does."""
        found: float | None = self._number("SELECT logged_at FROM waiting ORDER BY id LIMIT 1")
        return found

    def clear(self) -> int:
        """Delete everything that waits or was refused; returns how many messages that were."""
        with self._file.transaction() as connection:
            count = connection.execute("DELETE FROM waiting").rowcount
            return int(count + connection.execute("DELETE FROM refused").rowcount)

    def checkpoint(self) -> None:
        """Keep the write-ahead log of the file short."""
        self._file.checkpoint()

    def close(self) -> None:
        """Close the file; it is opened again when it is used again."""
        self._file.close()

    def _insert(self, body: str, level: int, logged_at: float) -> None:
        with self._file.connection() as connection:
            connection.execute(INSERT, (level, logged_at, body))

    def _trim(self) -> None:
        """Drop the oldest messages below warning while there is too much, or the oldest of all if none is."""
        for condition in ("level < 30", "1"):
            query = f"{SELECT} WHERE {condition} ORDER BY id LIMIT {TRIM_MESSAGES}"
            while self._size() > self.max_bytes:
                if not self._drop(query):
                    break

    def _size(self) -> int:
        """The number of bytes in use; deleted messages leave free pages, which later ones fill."""
        pages = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        return int(pages * self._number("PRAGMA page_size"))

    def _drop(self, query: str, values: Sequence[object] = ()) -> bool:
        """Drop the messages that a query finds, and count them; returns whether there were any."""
        with self._file.connection() as connection:
            if connection.execute(query, values).fetchone() is None:
                return False
        with self._file.transaction() as connection:
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

    def _number(self, query: str, values: Sequence[object] = ()) -> Any:
        with self._file.connection() as connection:
            row = connection.execute(query, values).fetchone()
        return row[0] if row else None


def _that_fit(rows: sqlite3.Cursor) -> list[Waiting]:
    """The first messages that fit into a request together, at least one."""
    found: list[Waiting] = []
    size = 0
    for row in rows:
        message = Waiting(*row)
        size += len(message.body) + 1  # they are ASCII
        if found and size > BATCH_BYTES:
            break
        found.append(message)
    return found
