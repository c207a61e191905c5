"""The file of a spool: how threads and processes share it, and what happens if it is damaged or replaced."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Callable, NamedTuple, TypeVar

PAGE_BYTES = 1024  # about that of a message, as the write-ahead log gets every page that changes
LOG_BYTES, MAX_LOG_BYTES = 2 * 1024 * 1024, 16 * 1024 * 1024  # of the write-ahead log; see `checkpoint`
BUSY_S = 0.5  # how long to wait for other processes, each of which writes for milliseconds
THREADS_S = 0.05  # and for other threads, at least, none of which waits while it has the connection
RETRY_S = 0.002

Result = TypeVar("Result")


class _Opened(NamedTuple):
    """A connection, the process that opened it, and its file, as `_identity` tells it."""

    connection: sqlite3.Connection
    pid: int
    file: tuple[int, int] | None


class SpoolFile:
    """A SQLite database in the file `path`, or in memory if that is None, with the tables of `schema`.

    It is opened when it is first used. A file that is damaged is renamed, and `tell` is called with a
    sentence that says so; a new one takes its place. `generation` counts these files.
    """

    def __init__(self, path: Path | None, schema: str, tell: Callable[[str], None], synchronous: str):
        self.path = path
        self.generation = 0
        self._last: tuple[int, int] | None = None
        self._schema = schema
        self._tell = tell
        self._synchronous = synchronous
        self._opened: _Opened | None = None
        self._inherited: list[_Opened] = []  # from other processes: must not be used, and not even closed
        self._lock = threading.RLock()  # a signal handler may log while its thread is in here
        self._checkpointing = threading.Lock()
        self._held: list[Any] = []  # the locks that are held while this process forks
        _look_after_forks(self)

    def run(
        self,
        work: Callable[[sqlite3.Connection], Result],
        patience: float = BUSY_S,
        for_threads: float = THREADS_S,
    ) -> Result:
        """What `work` returns for the connection, which no other thread uses meanwhile.

        While another process keeps the file locked, it is tried again, for `patience` seconds; other threads
        need not wait for that. For these, it waits as long, or `for_threads` seconds if that is longer: each
        needs the connection for as long as the disk takes. Raises sqlite3.Error or OSError.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                with self._connection(max(deadline - time.monotonic(), for_threads)) as connection:
                    return work(connection)
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() >= deadline:
                    raise
            time.sleep(RETRY_S)

    def transact(self, work: Callable[[sqlite3.Connection], Result], patience: float = BUSY_S) -> Result:
        """Likewise, in a transaction that may write, which is committed when `work` returns."""

        def transaction(connection: sqlite3.Connection) -> Result:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            return result

        return self.run(transaction, patience)

    @contextmanager
    def held(self, patience: float = BUSY_S) -> Iterator[None]:
        """Keep all other threads out. Raises sqlite3.OperationalError."""
        lock = self._lock  # a forked process gets another one
        if not lock.acquire(timeout=patience):
            raise sqlite3.OperationalError("other threads have kept it locked")
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _connection(self, patience: float) -> Iterator[sqlite3.Connection]:
        with self.held(patience):
            opened = self._current()
            try:
                yield opened.connection
            except sqlite3.DatabaseError as error:
                if is_damage(error):
                    self._set_aside(opened)
                raise

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file once it is long, on a connection nobody else waits for.

        Writers wait for that only if so much is written that the log would otherwise have no end.
        """
        size = self._log_bytes()
        if size < LOG_BYTES:
            return
        with self._checkpointing:
            connection = sqlite3.connect(str(self.path), timeout=BUSY_S, isolation_level=None)
            try:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                if size >= MAX_LOG_BYTES:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close the file; it is opened again when it is used again. What is in memory stays there."""
        with suppress(sqlite3.OperationalError), self.held():
            opened = self._opened
            if opened is not None and opened.file is not None and opened.pid == os.getpid():
                self._opened = None
                opened.connection.close()

    def before_fork(self) -> None:
        """Keep other threads out and close the file.

        The other process would inherit what SQLite knows of its locks: it would believe that it has those of
        this one, and that locks of threads that it does not have are held for ever.
        """
        self._held = [lock for lock in (self._checkpointing, self._lock) if lock.acquire(timeout=BUSY_S)]
        if self._lock in self._held:
            with suppress(sqlite3.Error):
                self.close()

    def after_fork_in_parent(self) -> None:
        """Let other threads in again."""
        held, self._held = self._held, []
        for lock in held:
            lock.release()

    def after_fork_in_child(self) -> None:
        """Begin anew: what is in memory is the other process's to send."""
        self._held = []
        self._lock, self._checkpointing = threading.RLock(), threading.Lock()
        if self._opened is not None:
            self._inherited.append(self._opened)
            self._opened = None

    def _log_bytes(self) -> int:
        try:
            return 0 if self.path is None else Path(f"{self.path}-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _current(self) -> _Opened:
        """What is open, unless it was opened by another process, or its file was replaced or deleted."""
        opened = self._opened
        if opened is not None:
            if opened.pid == os.getpid() and opened.file == _identity(self.path):
                return opened
            self._opened = None
            if opened.pid == os.getpid():
                opened.connection.close()
            else:
                self._inherited.append(opened)
        try:
            opened = self._open()
        except sqlite3.DatabaseError as error:
            if not is_damage(error) or self.path is None:
                raise
            self._rename(_identity(self.path))
            opened = self._open()
        if opened.file is None or opened.file != self._last:
            self._last, self.generation = opened.file, self.generation + 1
        self._opened = opened
        return opened

    def _open(self) -> _Opened:
        if self.path is not None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        connection = sqlite3.connect(
            ":memory:" if self.path is None else str(self.path),
            timeout=0.0,  # as `run` waits, without the lock that keeps other threads out
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={self._synchronous}")
            # A checkpoint waits for the disk, so the thread that sends does it.
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.executescript(self._schema)
            return _Opened(connection, os.getpid(), _identity(self.path))
        except BaseException:
            connection.close()
            raise

    def _set_aside(self, opened: _Opened) -> None:
        self._opened = None
        with suppress(sqlite3.Error):
            opened.connection.close()
        self._rename(opened.file)

    def _rename(self, file: tuple[int, int] | None) -> None:
        """Rename the file, unless another process has done so and this is its new one.

        Its write-ahead log goes first: after a kill halfway, it cannot be taken for that of a new file.
        """
        if self.path is None or file is None or _identity(self.path) != file:
            return
        with suppress(OSError):
            aside = self.path.with_name(f"{self.path.name}.damaged-{int(time.time())}")
            for suffix in ("-wal", "-shm"):
                with suppress(FileNotFoundError):
                    self.path.with_name(self.path.name + suffix).rename(aside.with_name(aside.name + suffix))
            self.path.rename(aside)
            self._tell(f"the spool {self.path} is damaged; it is now {aside}, and a new one has begun")


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is at fault; a full disk or a read-only folder is an OperationalError."""
    return type(error) is sqlite3.DatabaseError


def is_locked(error: Exception) -> bool:
    """Whether another process or thread keeps the file to itself for now."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _identity(path: Path | None) -> tuple[int, int] | None:
    """What tells a file from another one that had its name before; None if there is none."""
    try:
        status = path and path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def _look_after_forks(file: SpoolFile) -> None:
    """Have a file prepared for each fork of this process for as long as it exists."""
    if not hasattr(os, "register_at_fork"):
        return
    this = weakref.ref(file)  # what is registered is never forgotten

    def having(call: Callable[[SpoolFile], None]) -> Callable[[], None]:
        def prepare() -> None:
            if (found := this()) is not None:
                call(found)

        return prepare

    os.register_at_fork(
        before=having(SpoolFile.before_fork),
        after_in_parent=having(SpoolFile.after_fork_in_parent),
        after_in_child=having(SpoolFile.after_fork_in_child),
    )
