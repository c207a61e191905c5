"""The database: engine, pragmas, transactions, and a schema that is up to date. No queries."""

from __future__ import annotations

import logging
import math
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import exc

from userstatus import green, sqlite
from userstatus.errors import StartError, Unavailable, Unconfirmed

log = logging.getLogger(__name__)

PROJECT = Path(__file__).parent.parent
PATIENCE = 4  # seconds to wait for a connection, a lock or an answer; observatories hang up after 5
CONNECTION = {
    "connect_timeout": PATIENCE,
    "application_name": "userstatus",
    # A connection whose other end is gone without a word is found out within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
CHECKPOINT = 10  # seconds between two moves of SQLite's write-ahead log into its table
LONG_READS = 4  # at a time; others wait for their turn
WALKS = 2  # of these at a time that may have to look at the whole log
LONGEST_READ = 20  # seconds for a read, with the wait for one's turn
GRACE = 1  # seconds that Postgres gets to break off by itself
BUGGY = (
    "SQLite %s has a bug that may, in very rare cases, lose what was stored "
    "(https://sqlite.org/wal.html#walresetbug): use a Python with SQLite 3.51.3 or newer, or Postgres"
)


class OneLine(logging.Filter):
    """What SQLAlchemy's pool says of a connection that is beyond repair, without sixty lines of traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.msg, record.args = f"{record.getMessage()}: {_reason(record.exc_info[1])}", ()
            record.exc_info = None
        return True


POOL_LOG = OneLine()


def left(until: float) -> float:
    """The seconds until then (of `time.monotonic()`), but a moment at least."""
    return max(0.01, until - time.monotonic())


class Database:
    """An SQLite file or a Postgres database. Connections are made when first needed."""

    def __init__(self, url: sa.URL):
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.file = sqlite.File(str(url.database))
        self._checkpoints = sqlite.Checkpoints(self.file)
        self.engine = sqlite.engine(url, self.file, PATIENCE) if self.is_sqlite else _postgres(url)
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reading: sa.Connection | None = None
        self._appending: sa.Connection | None = None
        self._turns = green.Turns(LONG_READS)
        self._walks = green.Turns(WALKS)
        self._long_readers: list[sa.Connection] = []  # those of SQLite that nobody uses at the moment
        self._long_reading: set[sa.Connection] = set()
        self._closed = False

    def fetch(
        self, statement: sa.Executable, walks: bool = False, patience: float = LONGEST_READ
    ) -> Sequence[Any]:
        """All rows of a statement that may take long; only others of its kind wait meanwhile.

        `walks` says that an index alone does not lead to the rows. All of it, with the wait for one's turn,
        takes at most `patience` seconds. Raises Unavailable.
        """
        until = time.monotonic() + patience
        with self._walks.taken(patience) if walks else nullcontext(), self._turns.taken(left(until)):
            if self.is_sqlite:
                with self._bounded():
                    return self._fetch_in_thread(statement, left(until))
            return self._fetch_from_postgres(statement, left(until))

    def _fetch_from_postgres(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        # The server itself has to break off: it would go on with what nobody waits for any more.
        with self._bounded(patience + GRACE), self.engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {math.ceil(patience * 1000)}")
            return connection.execute(statement).all()

    def _fetch_in_thread(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        """The rows, by a connection that is nobody else's meanwhile: SQLite blocks the thread it works in."""
        connection = self._long_readers.pop() if self._long_readers else self._reader.connect()
        try:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        except exc.DBAPIError:
            connection.close()
            raise
        driver: Any = connection.connection.driver_connection
        self._long_reading.add(connection)
        alarm = green.call_after(patience, driver.interrupt)  # the thread has to let go of it in any case
        try:
            rows: Sequence[Any] = green.in_thread(lambda: connection.execute(statement).all())
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
        """A connection for single statements. Raises Unavailable.

        On SQLite it is one for all: nothing in the block may wait, so there is never more than one reader.
        """
        with self._bounded():
            if self.is_sqlite:
                self._reading = self._reading or self._reader.connect()
                yield self._reading
            else:
                with self._reader.connect() as connection:
                    yield connection

    @contextmanager
    def write(self, durable: bool = True, patience: float = PATIENCE) -> Iterator[sa.Connection]:
        """A transaction, committed at the end of the block. Raises Unavailable.

        If it need not be `durable`, the commit does not wait for the disk; a power cut may undo it, but only
        together with all that came later. On SQLite nothing in the block may wait for anything but the
        database: every other green thread that writes would block the whole process meanwhile. On Postgres
        all of it takes at most `patience` seconds.
        """
        self.check_file()
        with self._bounded(patience), self.engine.connect() as connection:
            if self.is_sqlite:
                sqlite.synchronize(connection, "FULL" if durable else "NORMAL")
            with connection.begin():
                if not self.is_sqlite and not durable:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
                yield connection

    @contextmanager
    def append(self) -> Iterator[sa.Connection]:
        """As `write`, for the journal, which is alone in it: on SQLite its connection stays open.

        Raises Unconfirmed if the commit had begun and nobody knows what came of it.
        """
        self.check_file()
        committing = False
        try:
            with self._bounded(), self._appender() as connection, connection.begin():
                yield connection
                committing = True
        except Unavailable as error:
            if committing and (not self.is_sqlite or sqlite.may_be_stored(error.__cause__)):
                raise Unconfirmed(error.reason) from error
            raise

    def _appender(self) -> AbstractContextManager[sa.Connection]:
        if not self.is_sqlite:
            return self.engine.connect()
        if self._appending is None:
            connection = self.engine.connect()
            # It comes from the pool, where the purge, which need not be durable, may have had it before.
            try:
                sqlite.synchronize(connection, "FULL")
            except exc.DBAPIError:
                connection.invalidate()
                raise
            self._appending = connection
        return nullcontext(self._appending)

    def check_file(self) -> None:
        """See that SQLite's file is still the one that was opened. Raises Unavailable."""
        if self.is_sqlite:
            self.file.check()

    @contextmanager
    def _bounded(self, patience: float = PATIENCE) -> Iterator[None]:
        try:
            if self.is_sqlite:  # it never waits in a way that could be broken off
                yield
            else:
                with green.deadline(patience):
                    yield
        except (exc.DataError, exc.IntegrityError):
            raise  # it is about the data, not about the database
        except (exc.DBAPIError, exc.TimeoutError, TimeoutError) as error:
            raise Unavailable(_reason(error)) from error

    def listener(self) -> psycopg.Connection:
        """A connection to Postgres beside the pool, for LISTEN. Raises Unavailable."""
        arguments, options = self.engine.dialect.create_connect_args(self.url)
        try:
            return psycopg.connect(*arguments, **{**options, **CONNECTION}, autocommit=True)
        except psycopg.Error as error:
            raise Unavailable(_reason(error)) from error

    def keep_checkpointing(self, every: float = CHECKPOINT) -> None:
        """Move what is in SQLite's write-ahead log to its table, now and every so many seconds, for ever.

        By itself SQLite does that within some commit, which then takes tens of milliseconds or, on a bad
        disk, a second, in which the whole process waits. In a thread it stands in nobody's way. (The first
        time is at the start, as the threads need file descriptors to begin with.)
        """
        if sqlite.has_wal_reset_bug(sqlite3.sqlite_version_info):
            log.warning(BUGGY, sqlite3.sqlite_version)
        while True:
            with suppress(Unavailable):  # it is in the log, once
                self.check_file()
            try:
                green.in_thread(self._checkpoints.run)
            except Exception as error:  # nobody else does it: whatever it is, it goes on
                log.warning("the write-ahead log of SQLite stays as it is for now: %s", _reason(error))
            time.sleep(every)

    def close(self) -> None:
        """Close all connections; what is still being read is broken off."""
        self._closed = True
        for connection in self._long_reading:
            driver: Any = connection.connection.driver_connection
            driver.interrupt()
        for open_one in (self._reading, self._appending, *self._long_readers):
            if open_one is not None:
                open_one.close()
        self._reading = self._appending = None
        self._long_readers.clear()
        self._checkpoints.close()  # who closes the last connection of SQLite moves all of its log
        self.engine.dispose()

    def prepare(self) -> None:
        """Bring the schema of an SQLite file up to date; of Postgres, see that it is.

        Raises StartError with the command to run.
        """
        try:
            if self.is_sqlite:
                self._upgrade()
            elif self._revision() != self._newest():
                raise StartError("the schema of DATABASE_URL is not up to date, run: alembic upgrade head")
        except exc.DBAPIError as error:
            where = self.url.set(query={}).render_as_string(hide_password=True)
            raise StartError(f"cannot use DATABASE_URL {where}: {_reason(error)}") from error

    def _upgrade(self) -> None:
        from alembic import command  # costs a tenth of a second, and is needed only here
        from alembic.util import CommandError

        if self._revision() == self._newest():
            return
        try:
            command.upgrade(migrations(self.url), "head")
        except CommandError as error:
            raise StartError(f"DATABASE_URL is of another version of userstatus: {error}") from error

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
            return revision

    def _newest(self) -> str | None:
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(migrations(self.url)).get_current_head()


def migrations(url: sa.URL) -> Any:
    """Alembic's configuration for the database at `url`."""
    from alembic.config import Config

    config = Config(toml_file=PROJECT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def _postgres(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        connect_args=CONNECTION,
    )
    logging.getLogger(f"{type(engine.pool).__module__}.{type(engine.pool).__name__}").addFilter(POOL_LOG)
    return engine


def _reason(error: BaseException) -> str:
    """The first line of what the driver says."""
    return (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
