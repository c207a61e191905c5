"""Databases and services for the tests: SQLite files and one real PostgreSQL for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browser import browser, desktop, notifiable, page, playwright  # noqa: F401, for every test
from tests.support.databases import Postgres, at
from tests.support.described import plugin
from tests.support.fork_server import ForkServer
from tests.support.service import Service, running
from userstatus import eventloop
from userstatus.store.database import Database

eventloop.spawn(lambda: None).wait()  # so that this process has its loop before anything waits in another one


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run the slow proofs in full")


def pytest_configure(config: pytest.Config) -> None:
    plugin.install(config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """The number of parallel tests: one more than there are processors, as most tests mainly wait."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def full(pytestconfig: pytest.Config) -> bool:
    """Whether the slow proofs run in full, and not in the shortest form that shows the same."""
    return bool(pytestconfig.getoption("full"))


@pytest.fixture(scope="session", autouse=True)
def forks() -> Iterator[None]:
    """Have services forked where nothing depends on how they are started."""
    Service.forks = ForkServer()
    yield
    Service.forks.close()
    Service.forks = None


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = Postgres(tmp_path_factory.mktemp("postgres") / "data")
    yield server
    server.server.cleanup()


@pytest.fixture
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A separate server for a test that stops or freezes it."""
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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a test's SQLite file, which may not exist yet."""
    return tmp_path / "x.db"


@pytest.fixture
def sqlite_database(file: Path) -> Iterator[Database]:
    found = at(f"sqlite:///{file}")
    found.prepare()
    yield found
    found.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service on SQLite for all tests of a module; they must tolerate each other's messages."""
    folder = tmp_path_factory.mktemp("service")
    with running(f"sqlite:///{folder}/test.db", folder) as found:
        yield found


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Service]:
    """A service on SQLite for one test, which may stop it."""
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service that allows a single origin, for all tests of a module."""
    folder = tmp_path_factory.mktemp("strict")
    with running(f"sqlite:///{folder}/x.db", folder, CORS_ORIGINS="https://a.example") as service:
        yield service
