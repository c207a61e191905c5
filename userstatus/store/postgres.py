"""Postgres: connections, LISTEN/NOTIFY, advisory locks, and a schema for each stage."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from threading import Event
from typing import Any

import psycopg
import sqlalchemy as sa

from userstatus import eventloop
from userstatus.errors import StartError, Unavailable, Unconfirmed
from userstatus.message import NewMessage
from userstatus.settings import STAGES
from userstatus.store import durability
from userstatus.store.appender import Appender, KeptConnection, was_refused
from userstatus.store.database import PATIENCE_S, Appended, Database, Turn, available, reason

log = logging.getLogger(__name__)

CONNECTION = {
    "connect_timeout": PATIENCE_S,
    "application_name": "userstatus",
    # Detects a connection whose other end has vanished within half a minute.
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
# Likewise for the server, which would give nobody else the turn of a process whose machine has vanished.
KEEPALIVES = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
POOL = (4, 6)  # connections that stay open, and additional ones under load
SMALL_POOL = (1, 1)  # for stages other than prod: small databases allow 20 connections in all
GRACE_S = 1  # extra time for the server to cancel a statement by itself
RELISTEN_S = 0.5  # between two attempts to listen


class OneLine(logging.Filter):
    """Shortens what SQLAlchemy's pool logs about a broken connection to one line, without the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1]:
            record.msg, record.args = f"{record.getMessage()}: {reason(record.exc_info[1])}", ()
            record.exc_info = None
        return True


POOL_LOG = OneLine()  # a shared instance, as a logger ignores a filter that it already has


class Postgres(Database):
    """A Postgres database; several processes may share it."""

    can_look_up_commits = True
    alters_in_place = True

    def __init__(self, url: sa.URL, schema: str | None = None):
        super().__init__(url, schema)
        if schema is not None:
            self._reads = eventloop.Slots(1)  # leaves connections of the small pool for everything else
        self._channel = "userstatus" if schema is None else f"userstatus_{schema}"
        self._notify = sa.select(sa.func.pg_notify(self._channel, ""), durability.durably)
        lock = sa.func.hashtext(f"{self._channel}.purge")
        self._lock_purge = sa.select(sa.func.pg_try_advisory_xact_lock(lock))
        self._reader = KeptConnection(self._autocommit)
        self._appender = Appender(self._autocommit, self._channel)

    def _create_engine(self) -> sa.Engine:
        size, overflow = POOL if self.schema is None else SMALL_POOL
        engine = sa.create_engine(
            self.url,
            hide_parameters=True,  # errors would otherwise quote messages
            pool_pre_ping=True,
            pool_size=size,
            max_overflow=overflow,
            pool_timeout=PATIENCE_S,
            connect_args=CONNECTION,
        )
        pool = type(engine.pool)
        logging.getLogger(f"{pool.__module__}.{pool.__name__}").addFilter(POOL_LOG)
        if self.schema is None:
            return engine
        # In each statement instead of by search_path, which a connection pooler may pass on to other clients.
        return engine.execution_options(schema_translate_map={None: self.schema})

    def _fetch(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        # The server has to cancel the statement itself, or it would keep running after the client gave up.
        with bounded(patience + GRACE_S), self.engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {math.ceil(patience * 1000)}")
            return connection.execute(statement).all()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        with bounded(PATIENCE_S), self._reader_or_another() as connection:
            yield connection

    def _reader_or_another(self) -> AbstractContextManager[sa.Connection]:
        return self._reader.connected() if self._reader.is_free else self._autocommit.connect()

    @contextmanager
    def write(self, durable: bool = True, patience: float = PATIENCE_S) -> Iterator[sa.Connection]:
        with bounded(patience), self.engine.connect() as connection, connection.begin():
            connection.execute(durability.statement(durable))
            yield connection

    @contextmanager
    def append(self) -> Iterator[sa.Connection]:
        committing = False
        try:
            with bounded(PATIENCE_S), self.engine.connect() as connection, connection.begin():
                yield connection
                committing = True
        except Unavailable as error:
            if committing:
                raise Unconfirmed(error.reason) from error
            raise

    def append_at_once(self, messages: Sequence[NewMessage], now: float, later: float) -> Appended:
        sent = False
        try:
            with bounded(PATIENCE_S), self._appender.connected() as connection:
                sent = True
                return self._appender.append(connection, messages, now, later)
        except Unavailable as error:
            if sent and not was_refused(error):
                raise Unconfirmed(error.reason) from error
            raise

    def give_up_append(self, connection: sa.Connection) -> None:
        self._appender.give_up(connection)

    def check(self) -> None:
        """Do nothing: a server cannot be replaced without breaking its connections."""

    def caveat(self) -> str | None:
        try:
            with self.read() as connection:
                return durability.caveat(connection)
        except Unavailable:  # those who need the database will say so
            return None

    def notify(self, connection: sa.Connection) -> None:
        """Wake up the followers of other processes and, in the same round trip, make the commit durable."""
        connection.execute(self._notify)

    def try_lock_purge(self, connection: sa.Connection) -> bool:
        return bool(connection.scalar(self._lock_purge))

    def take_turn(self, name: str) -> Turn | None:
        lock = sa.func.hashtext(f"{self._channel}.{name}")
        with bounded(PATIENCE_S):
            connection = self.engine.connect()
        try:
            with bounded(PATIENCE_S), connection.begin():
                taken = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(lock)))
                for keepalive in KEEPALIVES if taken else ():
                    connection.exec_driver_sql(f"SET {keepalive}")
        except Unavailable:
            connection.invalidate()  # it may have the lock
            connection.close()
            raise
        if taken:
            return HeldTurn(self, name, connection)
        connection.close()
        return None

    def run(self, wake_up: Event) -> None:
        """Listen for the appends of other processes.

        A lost connection is replaced. The follower is woken up then as well, so a missed notification delays
        messages but does not lose them.
        """
        while True:
            try:
                with closing(self._listener()) as connection:
                    connection.execute(f"LISTEN {self._channel}")
                    wake_up.set()
                    for notification in connection.notifies():
                        if notification.pid != self._appender.process:
                            wake_up.set()
            except (Unavailable, psycopg.Error) as error:
                log.warning("lost the connection for LISTEN, retrying: %s", reason(error))
            time.sleep(RELISTEN_S)

    def _listener(self) -> psycopg.Connection:
        """A connection outside the pool, for LISTEN. Raises psycopg.Error."""
        arguments, options = self.engine.dialect.create_connect_args(self.url)
        return psycopg.connect(*arguments, **{**options, **CONNECTION}, autocommit=True)

    def pool(self) -> dict[str, int]:
        """The connections of the pool and the two that stay open beside it."""
        states = super().pool()
        for kept in (self._appender, self._reader):
            states["in_use"] += not kept.is_free
            states["idle"] += kept.is_free and kept.is_open
        return states

    def close(self) -> None:
        self._appender.close()
        self._reader.close()
        super().close()

    def prepare(self) -> None:
        if not self.is_up_to_date():
            raise StartError(
                f"the schema of DATABASE_URL {self} is not up to date, run: python -m userstatus migrate"
            )

    def check_schema(self, connection: sa.Connection) -> None:
        """See that unqualified names do not lead prod to the schema of another stage. Raises StartError.

        By default, a user's own name comes first in the search_path, and it may be called dev.
        """
        found = connection.scalar(sa.select(sa.func.current_schema()))
        if self.schema is None and found in STAGES:
            raise StartError(
                f"DATABASE_URL leads to the schema {found}, which is that of another stage: set the user's "
                "search_path to public, use another user, or set STAGES=prod and rename the schema"
            )

    def prepare_migration(self, connection: sa.Connection) -> None:
        self.check_schema(connection)
        if self.schema is None:
            return
        # CREATE SCHEMA IF NOT EXISTS needs the privilege even if the schema exists.
        if connection.scalar(sa.select(sa.func.to_regnamespace(self.schema))) is None:
            connection.execute(sa.schema.CreateSchema(self.schema))
        connection.execute(sa.select(sa.func.set_config("search_path", self.schema, True)))


class HeldTurn(Turn):
    """A turn that lasts as long as a connection, which has a lock: it is over when this process is killed."""

    def __init__(self, database: Postgres, name: str, connection: sa.Connection):
        super().__init__(database)
        self._name = name
        self._lost = False
        self._driver: Any = connection.connection.driver_connection
        self._connection = connection
        connection.detach()  # nobody else uses it, and it leaves the pool as it was

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        if self._lost:  # SQLAlchemy would connect anew, without the lock
            raise Unavailable(f"lost the connection that has the lock for {self._name}")
        self._lost = True
        with bounded(PATIENCE_S), self._connection.begin():
            self._connection.execute(durability.statement(durable=True))
            yield self._connection
        self._lost = False

    def check(self) -> None:
        with self.write() as connection:
            connection.scalar(sa.select(sa.literal(1)))

    def close(self) -> None:
        # At once, without the rollback for which SQLAlchemy would wait, as the server may be gone.
        with suppress(psycopg.Error):
            self._driver.close()
        self._connection.invalidate()
        self._connection.close()


@contextmanager
def bounded(patience: float) -> Iterator[None]:
    """Cancel whatever the block waits for after `patience` seconds. Raises Unavailable."""
    with available(), eventloop.deadline(patience):
        yield
