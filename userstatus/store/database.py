"""What both databases share: connections, transactions, and bounds on how long anybody waits. No queries."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import exc

from userstatus import eventloop
from userstatus.errors import StartError, Unavailable
from userstatus.store import migrations

log = logging.getLogger(__name__)

PATIENCE_S = 4  # to wait for a connection, a lock or a response; observatories hang up after 5
MAX_LONG_READS = 4  # at a time; others wait for their turn
MAX_SCANS = 2  # of these at a time that may have to scan the whole log
MAX_READ_S = 20  # for a read, with the wait for one's turn


class Database(ABC):
    """The database of one stage. Connections are made when first needed.

    `schema` is what its tables are in, None for the default one.
    """

    can_look_up_commits: ClassVar[bool]
    """Whether it can be found out later what became of a commit that was not confirmed."""

    is_new = False
    """Whether `prepare` has found no log, and begun a new one."""

    alters_in_place: ClassVar[bool]
    """Whether a migration can alter a table, rather than having to copy it."""

    def __init__(self, url: sa.URL, schema: str | None = None):
        self.url = url
        self.schema = schema
        self.engine = self._create_engine()
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reads = eventloop.Slots(MAX_LONG_READS)
        self._scans = eventloop.Slots(MAX_SCANS)

    def __str__(self) -> str:
        """What it is called in the log, without the password."""
        url = self.url.set(drivername=self.url.get_backend_name(), query={}).render_as_string()
        return url if self.schema is None else f"{url}, schema {self.schema}"

    def fetch(
        self, statement: sa.Executable, scans: bool = False, patience: float = MAX_READ_S
    ) -> Sequence[Any]:
        """All rows of a statement that may take long; only others of its kind wait meanwhile.

        `scans` says that no index leads to the rows directly. The whole call, with the wait for one's turn,
        takes at most `patience` seconds. Raises Unavailable.
        """
        until = time.monotonic() + patience
        with self._scans.taken(patience) if scans else nullcontext(), self._reads.taken(left(until)):
            return self._fetch(statement, left(until))

    @abstractmethod
    def _create_engine(self) -> sa.Engine: ...

    @abstractmethod
    def _fetch(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        """All rows of a statement, within `patience` seconds, without blocking the process."""

    @abstractmethod
    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection for single statements that return at once. Raises Unavailable."""

    @abstractmethod
    def write(
        self, durable: bool = True, patience: float = PATIENCE_S
    ) -> AbstractContextManager[sa.Connection]:
        """A transaction, committed at the end of the block. Raises Unavailable.

        Unless it is `durable`, the commit does not wait for the disk: a power cut may undo it, though only
        together with everything committed later. Nothing in the block may wait for anything but the database.
        """

    @abstractmethod
    def append(self) -> AbstractContextManager[sa.Connection]:
        """As `write`, for the journal, which is the only user.

        Raises Unconfirmed if the commit had begun and its outcome is unknown.
        """

    @abstractmethod
    def check(self) -> None:
        """See that it is still the database that was opened. Raises Unavailable."""

    @abstractmethod
    def notify(self, connection: sa.Connection) -> None:
        """Within an append, wake up the followers of other processes when it commits."""

    @abstractmethod
    def try_lock_purge(self, connection: sa.Connection) -> bool:
        """Within a transaction, become the only process that purges; False if another one does."""

    @abstractmethod
    def run(self, wake_up: Event) -> None:
        """Do what has to be done all the time, forever. `wake_up` is set when another process appends."""

    def caveat(self) -> str | None:
        """What an operator should know about the database's version, if anything."""
        return None

    @abstractmethod
    def prepare(self) -> None:
        """Have the schema up to date before the service starts. Raises StartError."""

    @abstractmethod
    def prepare_migration(self, connection: sa.Connection) -> None:
        """Within the transaction of a migration, see that unqualified names mean `schema`."""

    def is_up_to_date(self) -> bool:
        """Whether the newest migration has been applied. Raises StartError."""
        try:
            with self.engine.connect() as connection:
                return migrations.applied(connection, self.schema) == migrations.newest()
        except exc.DBAPIError as error:
            raise StartError(f"cannot use DATABASE_URL {self}: {reason(error)}") from error

    def migrate(self) -> None:
        """Apply the migrations that are missing. Raises StartError."""
        try:
            migrations.upgrade(self)
        except migrations.CommandError as error:
            raise StartError(f"DATABASE_URL belongs to another version of userstatus: {error}") from error
        except exc.DBAPIError as error:
            raise StartError(f"cannot migrate DATABASE_URL {self}: {reason(error)}") from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def available() -> Iterator[None]:
    """Raise Unavailable for what a driver or the pool raises, unless it is about the data."""
    try:
        yield
    except (exc.DataError, exc.IntegrityError):
        raise
    except (exc.DBAPIError, exc.TimeoutError, TimeoutError) as error:
        raise Unavailable(reason(error)) from error


def left(until: float) -> float:
    """The seconds until then (of `time.monotonic()`), but a moment at least."""
    return max(0.01, until - time.monotonic())


def reason(error: BaseException) -> str:
    """The first line of what the driver says."""
    return (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
