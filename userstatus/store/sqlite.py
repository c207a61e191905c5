"""SQLite: its connections, and what keeps them from blocking the event loop for long."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from userstatus import eventloop
from userstatus.errors import Unavailable, Unconfirmed
from userstatus.message import NewMessage
from userstatus.store import sqlite_append
from userstatus.store.database import PATIENCE_S, Appended, Database, available, reason
from userstatus.store.sqlite_file import FLUSH_THE_DISK, Checkpoints, File, has_wal_reset_bug

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 10  # kept open: one to append, one to read, the rest for long reads and other writes
RETRY_BUSY_S = 0.01  # between two attempts to write while another process does
INTERRUPT_AGAIN_S = 0.05
CHECKPOINT_S = 10  # between two checkpoints
MAX_WAL_BYTES = 64 * 1024**2  # a commit does a checkpoint itself once the write-ahead log is this large
WAL_RESET_BUG = (
    "SQLite {} has a bug that may, in very rare cases, lose what was stored "
    "(https://sqlite.org/wal.html#walresetbug): use a Python with SQLite 3.51.3 or newer, or Postgres"
)


class Sqlite(Database):
    """An SQLite file, for one process. Calls that may block for long run in threads."""

    can_look_up_commits = False
    alters_in_place = False
    append_waits = False

    def __init__(self, url: sa.URL, schema: str | None = None):
        self.file = File(str(url.database))
        super().__init__(url, schema)
        self._checkpoints = Checkpoints(self.file)
        self._reading: sa.Connection | None = None
        self._appending: sa.Connection | None = None
        self._long_readers: list[sa.Connection] = []  # idle connections
        self._long_reading: set[sa.Connection] = set()
        self._closed = False

    def __str__(self) -> str:
        return f"sqlite:///{Path(self.file.path).absolute()}"

    def _create_engine(self) -> sa.Engine:
        return engine(self.url, self.file, PATIENCE_S)

    def _fetch(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        """Read in a thread, with a connection of its own: SQLite blocks the thread that calls it."""
        with available():
            return self._fetch_in_thread(statement, patience)

    def _fetch_in_thread(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        connection = self._long_readers.pop() if self._long_readers else self._autocommit.connect()
        try:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        except exc.DBAPIError:
            connection.close()
            raise
        driver: Any = connection.connection.driver_connection
        self._long_reading.add(connection)
        alarm = Interruption(driver, patience)  # the thread must let go of the connection in any case
        try:
            rows: Sequence[Any] = eventloop.in_thread(lambda: connection.execute(statement).all())
        finally:
            alarm.cancel()
            self._long_reading.discard(connection)
            if self._closed:
                connection.close()
            else:
                self._long_readers.append(connection)
        return rows

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One shared connection: the block must not wait, so there is never a second reader."""
        with available():
            self._reading = self._reading or self._autocommit.connect()
            yield self._reading

    @contextmanager
    def write(self, durable: bool = True, patience: float = PATIENCE_S) -> Iterator[sa.Connection]:  # noqa: ARG002
        """While the block waits for something else, any other greenlet that writes would block the process.

        `patience` is that of the engine, as a blocking call cannot be cancelled.
        """
        self.check()
        with available(), self.engine.connect() as connection:
            synchronize(connection, "FULL" if durable else "NORMAL")
            with connection.begin():
                yield connection

    @contextmanager
    def append(self) -> Iterator[sa.Connection]:
        self.check()
        committing = False
        try:
            with available(), self._appender() as connection, connection.begin():
                yield connection
                committing = True
        except Unavailable as error:
            if committing and may_be_stored(error.__cause__):
                raise Unconfirmed(error.reason) from error
            raise

    def append_at_once(self, messages: Sequence[NewMessage], now: float, later: float) -> Appended:
        self.check()
        committing = False
        try:
            with available(), self._appender() as connection:
                driver: Any = connection.connection.driver_connection
                _begin_immediate(driver, PATIENCE_S)
                with sqlite_append.transaction(driver):
                    appended = sqlite_append.append(driver, messages, now, later)
                    committing = True
                return appended
        except Unavailable as error:
            if committing and may_be_stored(error.__cause__):
                raise Unconfirmed(error.reason) from error
            raise

    def _appender(self) -> AbstractContextManager[sa.Connection]:
        """The journal's connection, which stays open."""
        if self._appending is None:
            connection = self.engine.connect()
            # It comes from the pool; the purge, which need not be durable, may have used it before.
            try:
                synchronize(connection, "FULL")
            except exc.DBAPIError:
                connection.invalidate()
                raise
            self._appending = connection
        return nullcontext(self._appending)

    def check(self) -> None:
        self.file.check()

    def notify(self, connection: sa.Connection) -> None:
        """Do nothing: the only follower is in this process."""

    def try_lock_purge(self, connection: sa.Connection) -> bool:  # noqa: ARG002, a transaction is the only writer
        return True

    def run(self, wake_up: threading.Event) -> None:  # noqa: ARG002, no other process appends
        """Keep the write-ahead log short.

        By itself, SQLite runs a checkpoint within some commit, which then takes tens of milliseconds or, on
        a slow disk, a second, while the whole process waits. In a thread it blocks nobody. (The first one
        runs at startup, because the threads need file descriptors to begin with.)
        """
        while True:
            with suppress(Unavailable):  # it has been logged once
                self.check()
            try:
                eventloop.in_thread(self._checkpoints.run)
            except Exception as error:  # nothing else runs checkpoints, so this must continue after any error
                log.warning("cannot checkpoint SQLite's write-ahead log, retrying: %s", reason(error))
            time.sleep(CHECKPOINT_S)

    def caveat(self) -> str | None:
        bug = has_wal_reset_bug(sqlite3.sqlite_version_info)
        return WAL_RESET_BUG.format(sqlite3.sqlite_version) if bug else None

    def prepare(self) -> None:
        self.is_new = not self.file.exists()
        if not super().is_up_to_date():
            self.migrate()

    def is_up_to_date(self) -> bool:
        """The same as for any database, but no file is made by looking for it."""
        return self.file.exists() and super().is_up_to_date()

    def prepare_migration(self, connection: sa.Connection) -> None:
        """Do nothing: a file has only one schema."""

    def close(self) -> None:
        """Close all connections; running reads are interrupted."""
        self._closed = True
        for connection in self._long_reading:
            driver: Any = connection.connection.driver_connection
            driver.interrupt()
        for open_one in (self._reading, self._appending, *self._long_readers):
            if open_one is not None:
                open_one.close()
        self._reading = self._appending = None
        self._long_readers.clear()
        self._checkpoints.close()  # last, as closing SQLite's last connection checkpoints the whole log
        super().close()


class Interruption:
    """Interrupts what runs on a connection after some seconds.

    It does so again and again until it is cancelled: where the machine is so busy that the thread has not
    begun to read, the first time has no effect.
    """

    def __init__(self, driver: sqlite3.Connection, seconds: float):
        self._driver = driver
        self._next = eventloop.call_after(seconds, self._interrupt)

    def cancel(self) -> None:
        self._next.cancel()

    def _interrupt(self) -> None:
        self._driver.interrupt()
        self._next = eventloop.call_after(INTERRUPT_AGAIN_S, self._interrupt)


def engine(url: sa.URL, file: File, patience: int) -> sa.Engine:
    """An engine whose connections wait for a lock for at most `patience` seconds, without blocking."""
    made = sa.create_engine(
        url,
        hide_parameters=True,  # errors would otherwise quote messages
        pool_size=MAX_CONNECTIONS,
        connect_args={"timeout": 0, "check_same_thread": False},
    )

    @sa.event.listens_for(made, "do_connect")
    def connecting(*_: object) -> None:
        file.check()

    @sa.event.listens_for(made, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where `begun` says so, and nowhere else
        connection.execute(f"PRAGMA busy_timeout={patience * 1000}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA busy_timeout=0")  # SQLite's own wait would block the process
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(FLUSH_THE_DISK)
        connection.execute(f"PRAGMA wal_autocheckpoint={MAX_WAL_BYTES // 4096}")  # see Checkpoints
        connection.execute(f"PRAGMA journal_size_limit={MAX_WAL_BYTES // 4}")
        file.opened()

    @sa.event.listens_for(made, "begin")
    def begun(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            driver: Any = connection.connection.driver_connection
            _begin_immediate(driver, patience)

    return made


def _begin_immediate(driver: sqlite3.Connection, patience: int) -> None:
    """Begin as the only writer; wait without blocking the process while another process writes.

    Raises DBAPIError.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            if driver.in_transaction:
                driver.rollback()  # some errors of a COMMIT do not end the transaction
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if not isinstance(error, sqlite3.OperationalError) or time.monotonic() > deadline:
                raise exc.DBAPIError.instance("BEGIN IMMEDIATE", None, error, sqlite3.Error) from error
            time.sleep(RETRY_BUSY_S)
        else:
            return


def synchronize(connection: sa.Connection, how: str) -> None:
    """Make commits wait for the disk (FULL) or not (NORMAL). Raises OperationalError."""
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"PRAGMA synchronous={how}")
    except sqlite3.Error as error:
        raise exc.OperationalError("PRAGMA synchronous", None, error) from error


def may_be_stored(error: BaseException | None) -> bool:
    """Whether the data of a failed COMMIT may reappear after a crash: it is in the log, but not on disk.

    It may until the next commit overwrites it. All other errors occur before the log has all of the data.
    """
    return getattr(getattr(error, "orig", None), "sqlite_errorname", "") == "SQLITE_IOERR_FSYNC"
