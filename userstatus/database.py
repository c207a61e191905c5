"""The database: engine, pragmas, transactions, and a schema that is up to date. No queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc

from userstatus.errors import StartError, Unavailable

PROJECT = Path(__file__).parent.parent
PATIENCE = 5  # seconds to wait for a connection or a lock


class Database:
    """An SQLite file or a Postgres database. Connections are made when first needed."""

    def __init__(self, url: sa.URL):
        self.url = url
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self.engine = _sqlite(url) if self.is_sqlite else _postgres(url)
        self._reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for single statements. Raises Unavailable."""
        with _translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction, committed at the end of the block. Raises Unavailable.

        On SQLite nothing in the block may wait for anything but the database: every other green thread that
        writes would block the whole process meanwhile.
        """
        with _translated(), self.engine.begin() as connection:
            yield connection

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
            where = self.url.render_as_string(hide_password=True)
            raise StartError(f"cannot use DATABASE_URL {where}: {str(error.orig).splitlines()[0]}") from error

    def _upgrade(self) -> None:
        from alembic import command  # costs a tenth of a second, and is needed only here

        if self._revision() != self._newest():
            command.upgrade(migrations(self.url), "head")

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


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where `begun` says so, and nowhere else
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgres(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=PATIENCE,
        connect_args={"connect_timeout": PATIENCE, "application_name": "userstatus"},
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise Unavailable from error
