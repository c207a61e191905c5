"""The spool: messages on disk that wait to be sent, in an SQLite file that several processes may share.

A message is on disk when `put` returns. With `synchronous=NORMAL` and a write-ahead log, SQLite has handed it
to the operating system by then, so that a crash of the program loses nothing; with FULL it has reached the
disk, so that a power cut loses nothing either (https://sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable, NamedTuple

from userstatus.message import MAX_MESSAGES

BATCH_BYTES = 240 * 1024  # less than a request may have (message.MAX_BODY_BYTES), with room for commas
WARNING = 30  # a level of `logging`; what is less is dropped first, and sent last after an absence
LONG_ABSENCE_S = 120.0  # after which warnings and worse overtake what is less
TRIM_EVERY = 256  # calls of `put` between two looks at the size
TRIM_MESSAGES = 2000  # that are dropped at a time
MAX_REFUSED = 1000  # that are kept for somebody to look at
PAGE_BYTES = 1024  # about that of a message, as the write-ahead log gets every page that changes
LOG_BYTES, MAX_LOG_BYTES = 2 * 1024 * 1024, 16 * 1024 * 1024  # of the write-ahead log; see `checkpoint`
BUSY_S = 5.0  # how long to wait for other processes, each of which writes for milliseconds

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
COLUMNS = "id, level, logged_at, body"


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


class _Opened:
    """A connection of one process. It must not be used, and not even closed, by a process forked from it."""

    def __init__(self, path: Path | None, synchronous: str):
        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.connection = sqlite3.connect(
            ":memory:" if path is None else str(path),
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self.connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute(f"PRAGMA synchronous={synchronous}")
            # A checkpoint waits for the disk, so the thread that sends does it: see `Spool.checkpoint`.
            self.connection.execute("PRAGMA wal_autocheckpoint=0")
            self.connection.executescript(SCHEMA)
            self.file = None if path is None else _identity(path)
        except BaseException:
            self.connection.close()
            raise


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
        self.tell = tell
        self.synchronous = synchronous
        self._opened: _Opened | None = None
        self._inherited: list[_Opened] = []  # from the processes that this one was forked from
        self._puts = 0

    def put(self, body: str, level: int, logged_at: float) -> None:
        """Keep a message, given as the JSON object to send."""
        with self._connection() as connection:
            connection.execute(
                "INSERT INTO waiting (level, logged_at, body) VALUES (?, ?, ?)", (level, logged_at, body)
            )
        self._puts += 1
        if self._puts % TRIM_EVERY == 0:
            self._trim()

    def batch(self, now: float) -> list[Waiting]:
        """The messages to send next, in this order: at most 1,000 and as many as fit into a request.

        They are the oldest ones, unless these are of two minutes ago or more: then the newest ones of warning
        and worse come first, as somebody may have to act on them.
        """
        with self._connection() as connection:
            oldest = connection.execute(f"SELECT {COLUMNS} FROM waiting ORDER BY id LIMIT 1").fetchone()
            if oldest is None:
                return []
            if now - Waiting(*oldest).logged_at >= LONG_ABSENCE_S:
                query = (
                    f"SELECT {COLUMNS} FROM waiting WHERE level >= 30 ORDER BY id DESC LIMIT {MAX_MESSAGES}"
                )
                if urgent := _that_fit(connection.execute(query)):
                    return urgent[::-1]
            return _that_fit(
                connection.execute(f"SELECT {COLUMNS} FROM waiting ORDER BY id LIMIT {MAX_MESSAGES}")
            )

    def sent(self, messages: Sequence[Waiting]) -> None:
        """Forget messages: they are in the log of the server."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM waiting WHERE id = ?", [(each.id,) for each in messages])

    def refuse(self, message: Waiting, error: str, now: float) -> None:
        """Set a message aside that the server will never take. The newest 1,000 are kept."""
        with self._transaction() as connection:
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
        with self._connection() as connection:
            return connection.execute("SELECT refused_at, error, body FROM refused ORDER BY id").fetchall()

    def expire(self, before: float) -> None:
        """Drop what was logged before a time (unix seconds)."""
        query = f"SELECT {COLUMNS} FROM waiting WHERE logged_at < ? ORDER BY id LIMIT {TRIM_MESSAGES}"
        while self._drop(query, (before,)):
            pass

    def dropped(self) -> list[Dropped]:
        """What has been dropped since `told` was last called."""
        with self._connection() as connection:
            rows = connection.execute("SELECT level, count, first, last FROM dropped ORDER BY level DESC")
            return [Dropped(*row) for row in rows]

    def told(self, body: str, level: int, now: float) -> None:
        """Put a message that tells of everything dropped so far, and forget that."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO waiting (level, logged_at, body) VALUES (?, ?, ?)", (level, now, body)
            )
            connection.execute("DELETE FROM dropped")

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
        with self._transaction() as connection:
            count = connection.execute("DELETE FROM waiting").rowcount
            return int(count + connection.execute("DELETE FROM refused").rowcount)

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file once it is long, on a connection for which no `put` waits.

        `put` waits for milliseconds only if so much is logged that the log would otherwise have no end.
        """
        size = self._log_bytes()
        if size < LOG_BYTES:
            return
        connection = sqlite3.connect(str(self.path), timeout=BUSY_S, isolation_level=None)
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            if size >= MAX_LOG_BYTES:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.close()

    def close(self) -> None:
        """Close the file; it is opened again when it is used again."""
        opened, self._opened = self._opened, None
        if opened is not None and opened.pid == os.getpid():
            with opened.lock:
                opened.connection.close()

    def _trim(self) -> None:
        """Drop the oldest messages below warning while there is too much, or the oldest of all if none is."""
        for condition in ("level < 30", "1"):
            query = f"SELECT {COLUMNS} FROM waiting WHERE {condition} ORDER BY id LIMIT {TRIM_MESSAGES}"
            while self._size() > self.max_bytes:
                if not self._drop(query):
                    break

    def _log_bytes(self) -> int:
        try:
            return 0 if self.path is None else Path(f"{self.path}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _size(self) -> int:
        """The number of bytes in use; deleted messages leave free pages, which later ones fill."""
        pages = self._number("PRAGMA page_count") - self._number("PRAGMA freelist_count")
        return int(pages * self._number("PRAGMA page_size"))

    def _drop(self, query: str, values: Sequence[object] = ()) -> bool:
        """Drop the messages that a query finds, and count them; returns whether there were any."""
        with self._transaction() as connection:
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
        with self._connection() as connection:
            row = connection.execute(query, values).fetchone()
        return row[0] if row else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """The connection of this process, while no other thread uses it."""
        opened = self._current()
        with opened.lock:
            try:
                yield opened.connection
            except sqlite3.DatabaseError as error:
                if _is_damage(error):
                    self._set_aside(opened)
                raise

    def _current(self) -> _Opened:
        opened = self._opened
        if opened is not None and opened.pid == os.getpid():
            return opened
        if opened is not None:
            self._inherited.append(opened)
        try:
            self._opened = opened = self._open()
        except sqlite3.DatabaseError as error:
            if not _is_damage(error) or self.path is None:
                raise
            self._rename(_identity(self.path))
            self._opened = opened = self._open()
        return opened

    def _open(self) -> _Opened:
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _Opened(self.path, self.synchronous)

    def _set_aside(self, opened: _Opened) -> None:
        if self._opened is opened:
            self._opened = None
        opened.connection.close()
        self._rename(opened.file)

    def _rename(self, file: tuple[int, int] | None) -> None:
        """Rename the file, unless another process has done so and this is its new one."""
        if self.path is None or file is None:
            return
        with suppress(OSError):
            if _identity(self.path) != file:
                return
            aside = self.path.with_name(f"{self.path.name}.damaged-{int(time.time())}")
            self.path.rename(aside)
            for suffix in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self.path.with_name(self.path.name + suffix).rename(aside.with_name(aside.name + suffix))
            self.tell(f"the spool {self.path} is damaged; it is now {aside}, and a new one has begun")


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


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault; a full disk or a read-only folder is an OperationalError."""
    return type(error) is sqlite3.DatabaseError
