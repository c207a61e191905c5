"""What both databases share: connections, transactions, and limits on waiting. No queries."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Event
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa
from sqlalchemy import exc

from userstatus import eventloop
from userstatus.errors import StartError, Unavailable
from userstatus.message import Cursor, Message, NewMessage
from userstatus.store import migrations

log = logging.getLogger(__name__)

PATIENCE_S = 4  # for a connection, a lock or a response; observatories hang up after 5
MAX_LONG_READS = 4  # at a time; further ones wait for a slot
MAX_SCANS = 2  # long reads that may scan the whole log, at a time
MAX_READ_S = 20  # for one read, including the wait for a slot


class Appended(NamedTuple):
    """What an append has done: the id of each message, those that are new, and the cursor before these."""

    ids: list[int]
    new: list[Message]
    before: Cursor


class Turn:
    """The right to do what one process at a time may do. It ends with `close`, or if the database says so."""

    def __init__(self, database: Database):
        self._database = database

    def write(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that is committed only if this process still has the turn. Raises Unavailable."""
        return self._database.write()

    def check(self) -> None:
        """See that it is still this process's turn. Raises Unavailable."""

    def close(self) -> None:
        """Let another process have the turn."""


class Database(ABC):
    """The database of one stage. Connections are opened when first needed.

    `schema` is the schema of its tables, None for the default one.
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
        """The database's name in the log, without the password."""
        url = self.url.set(drivername=self.url.get_backend_name(), query={}).render_as_string()
        return url if self.schema is None else f"{url}, schema {self.schema}"

    def fetch(
        self, statement: sa.Executable, scans: bool = False, patience: float = MAX_READ_S
    ) -> Sequence[Any]:
        """All rows of a statement that may take long; only other long reads have to wait meanwhile.

        `scans` says that no index leads directly to the rows. The call takes at most `patience` seconds,
        including the wait for a slot. Raises Unavailable.
        """
        until = time.monotonic() + patience
        with self._scans.taken(patience) if scans else nullcontext(), self._reads.taken(left(until)):
            return self._fetch(statement, left(until))

    @abstractmethod
    def _create_engine(self) -> sa.Engine: ...

    @abstractmethod
    def _fetch(self, statement: sa.Executable, patience: float) -> Sequence[Any]:
        """All rows of a statement, within `patience` seconds, without blocking the event loop."""

    @abstractmethod
    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection for single, fast statements. Raises Unavailable."""

    @abstractmethod
    def write(
        self, durable: bool = True, patience: float = PATIENCE_S
    ) -> AbstractContextManager[sa.Connection]:
        """A transaction that commits at the end of the block. Raises Unavailable.

        Unless it is `durable`, the commit does not wait for the disk: a power failure may undo it, together
        with everything committed later. The block must not wait for anything but the database.
        """

    @abstractmethod
    def append(self) -> AbstractContextManager[sa.Connection]:
        """Like `write`, for the journal, its only user.

        Raises Unconfirmed if the commit had begun and its outcome is unknown.
        """

    append_waits: ClassVar[bool] = True  # whether other greenlets run during `append_at_once`

    def append_at_once(
        self,
        messages: Sequence[NewMessage],  # noqa: ARG002
        now: float,  # noqa: ARG002
        later: float,  # noqa: ARG002
    ) -> Appended | None:
        """Append in one round trip, for the journal, where several are slow; None where they are not.

        The messages count as received at `now` (unix seconds), or, if that is not after the last message,
        `later` seconds after it. Raises Unconfirmed if it was under way and its outcome is unknown.
        """
        return None

    def give_up_append(self, connection: sa.Connection) -> None:  # noqa: B027
        """Make sure that what `append_at_once` has sent in vain is not executed later, if it was not yet."""

    @abstractmethod
    def check(self) -> None:
        """Check that the database is still the one that was opened. Raises Unavailable."""

    @abstractmethod
    def notify(self, connection: sa.Connection) -> None:
        """Within an append, arrange for the commit to wake up the followers of other processes."""

    @abstractmethod
    def try_lock_purge(self, connection: sa.Connection) -> bool:
        """Within a transaction, take the lock that allows purging; False if another process holds it."""

    def take_turn(self, name: str) -> Turn | None:  # noqa: ARG002, whoever shares a database needs the name
        """Take the turn of this name; None if another process has it. Raises Unavailable."""
        return Turn(self)

    @abstractmethod
    def run(self, wake_up: Event) -> None:
        """Run the database's background work, forever. Sets `wake_up` when another process appends."""

    def caveat(self) -> str | None:
        """A warning for the operator about the database's version or settings, or None."""
        return None

    @abstractmethod
    def prepare(self) -> None:
        """Bring the schema up to date before the service starts. Raises StartError."""

    @abstractmethod
    def prepare_migration(self, connection: sa.Connection) -> None:
        """Within a migration's transaction, make unqualified names refer to `schema`."""

    def check_schema(self, connection: sa.Connection) -> None:  # noqa: B027
        """See that the tables are those of this stage. Raises StartError."""

    def is_up_to_date(self) -> bool:
        """Whether the newest migration has been applied. Raises StartError."""
        try:
            with self.engine.connect() as connection:
                self.check_schema(connection)
                return migrations.applied(connection, self.schema) == migrations.newest()
        except exc.DBAPIError as error:
            raise StartError(f"cannot use DATABASE_URL {self}: {reason(error)}") from error

    def migrate(self) -> None:
        """Apply missing migrations. Raises StartError."""
        try:
            migrations.upgrade(self)
        except migrations.CommandError as error:
            raise StartError(f"DATABASE_URL belongs to another version of userstatus: {error}") from error
        except exc.DBAPIError as error:
            raise StartError(f"cannot migrate DATABASE_URL {self}: {reason(error)}") from error

    def pool(self) -> dict[str, int]:
        """How many connections are in use and how many are idle; nothing if the database needs no pool."""
        pool = self.engine.pool
        if not isinstance(pool, sa.QueuePool):
            return {}
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def available() -> Iterator[None]:
    """Turn errors of the driver or the pool into Unavailable, except those about the data itself."""
    try:
        yield
    except (exc.DataError, exc.IntegrityError):
        raise
    except (exc.DBAPIError, exc.TimeoutError, TimeoutError) as error:
        raise Unavailable(reason(error)) from error


def left(until: float) -> float:
    """The seconds until the given `time.monotonic()`, but always slightly more than zero."""
    return max(0.01, until - time.monotonic())


def reason(error: BaseException) -> str:
    """The first line of the driver's error message."""
    return (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
