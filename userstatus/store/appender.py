"""Connections to Postgres that stay open, and the journal's, with which it appends in one round trip."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import exc

from userstatus.errors import Unavailable
from userstatus.message import NewMessage
from userstatus.store import one_statement
from userstatus.store.database import PATIENCE_S, Appended

IDLE_S = 1.0  # after which it is tried out before it is used
# After which the server cancels a statement, while somebody still waits for that.
STATEMENT_S = PATIENCE_S - 0.5

_processes = sa.table(
    "pg_stat_activity", sa.column("pid"), sa.column("backend_start"), sa.column("wait_event")
)
_started = sa.cast(_processes.c.backend_start, sa.Text)
_this_process = sa.select(_processes.c.pid, _started, one_statement.clock).where(
    _processes.c.pid == sa.func.pg_backend_pid()
)
_end_process = sa.select(sa.func.pg_terminate_backend(_processes.c.pid)).where(
    _processes.c.pid == sa.bindparam("pid", type_=sa.Integer),
    _started == sa.bindparam("started", type_=sa.Text),
    # Ended while it waits for a replica, it would commit without it.
    sa.func.coalesce(_processes.c.wait_event, "") != "SyncRep",
)


class KeptConnection:
    """A connection that stays open. It is none of the pool's, each use of which costs a round trip more."""

    def __init__(self, engine: sa.Engine):
        self.is_free = True
        self._engine = engine
        self._connection: sa.Connection | None = None
        self._driver: Any = None
        self._used_at = 0.0

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """The connection, for one caller at a time; any error but those of the data makes it a new one."""
        self.is_free = False
        try:
            if self._connection is not None and self._has_ended():
                self.close()
            if self._connection is not None and time.monotonic() - self._used_at > IDLE_S:
                self._try_out(self._connection)
            yield self._connection or self._connect()
        except (exc.DataError, exc.IntegrityError):
            raise
        except BaseException:
            self.close()
            raise
        finally:
            self.is_free = True
            self._used_at = time.monotonic()

    def close(self) -> None:
        """Close the connection, whatever state it is in, without waiting for the server."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                self._driver.close()
            connection.invalidate()
            connection.close()

    def _connect(self) -> sa.Connection:
        connection = self._engine.connect()
        self._driver = connection.connection.driver_connection
        self._connection = connection
        connection.detach()
        self._opened(connection)
        return connection

    def _has_ended(self) -> bool:
        """Whether the server has ended the connection, as far as that can be known without asking it."""
        try:
            for _ in range(2):  # its last words, and then the end
                self._driver.pgconn.consume_input()
        except psycopg.Error:
            return True
        return False

    def _try_out(self, connection: sa.Connection) -> None:
        try:
            self._answered(connection.execute(sa.select(one_statement.clock)).scalar_one())
        except exc.DBAPIError:
            self.close()

    def _opened(self, connection: sa.Connection) -> None:
        """Prepare a new connection."""

    def _answered(self, clock: float) -> None:
        """Take note of the server's time."""


class Appender(KeptConnection):
    """The journal's connection.

    `process` is the server's process that serves it, and the sender of its notifications.
    """

    def __init__(self, engine: sa.Engine, channel: str):
        super().__init__(engine)
        self.process = 0
        self._started = ""  # when the server's process was started, as another one may get its number
        self._channel = channel
        self._ahead = 0.0  # the server's clock, of this process's monotonic one

    def append(
        self, connection: sa.Connection, messages: Sequence[NewMessage], now: float, later: float
    ) -> Appended:
        """Append with this connection; see `Database.append_at_once`.

        A server that was frozen executes what it finds when it thaws, so it is told until when it may.
        """
        left = len(messages)
        until = time.monotonic() + STATEMENT_S
        parameters: dict[str, float | str] = {"now": now, "later": later, "channel": self._channel}
        while True:
            parameters["until"] = self._ahead + until
            try:
                appended, clock = one_statement.execute(connection, messages, parameters)
            except exc.IntegrityError as error:
                left -= 1  # another process has stored one of them since the statement began
                if left < 0 or not isinstance(error.orig, psycopg.errors.UniqueViolation):
                    raise
            except one_statement.TooLate as error:
                if time.monotonic() > until:
                    raise
                self._answered(error.clock)  # the server's clock was set
            else:
                self._answered(clock)
                return appended

    def give_up(self, connection: sa.Connection) -> None:
        """End the server's process, with another connection: it executes nothing more that arrives late."""
        connection.execute(_end_process, {"pid": self.process, "started": self._started})

    def _opened(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET statement_timeout = {round(STATEMENT_S * 1000)}")
        self.process, self._started, clock = connection.execute(_this_process).one()
        self._answered(clock)

    def _answered(self, clock: float) -> None:
        self._ahead = clock - time.monotonic()


def was_refused(error: Unavailable) -> bool:
    """Whether the server itself said no, rather than that the connection broke or no answer came."""
    cause = error.__cause__
    return cause is None or (isinstance(cause, exc.DBAPIError) and not cause.connection_invalidated)
