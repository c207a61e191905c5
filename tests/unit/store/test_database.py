"""The database as a place: transactions, reads that may take long, and what is told when it is away."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import at
from userstatus.database import Database, OneLine, left
from userstatus.errors import StartError, Unavailable


def test_a_transaction_is_undone_by_what_is_raised_in_it(sqlite_database: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")
        raise KeyError

    with pytest.raises(KeyError), sqlite_database.write() as connection:
        fail(connection)
    assert not sa.inspect(sqlite_database.engine).has_table("other")


def test_a_long_read_is_broken_off_when_its_time_is_over(sqlite_database: Database) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Unavailable):
        sqlite_database.fetch(sa.text(endless), patience=0.05)
    assert sqlite_database.fetch(sa.text("SELECT 1")) == [(1,)]


def test_a_long_read_cannot_write(sqlite_database: Database) -> None:
    with pytest.raises(Unavailable, match="does not answer") as refusal:
        sqlite_database.fetch(sa.text("DELETE FROM messages"))
    assert "readonly" in refusal.value.reason


def test_nothing_is_stored_in_a_file_that_was_replaced(sqlite_database: Database, file: Path) -> None:
    file.rename(file.with_name("away"))
    for storing in (sqlite_database.write, sqlite_database.append):
        with pytest.raises(Unavailable, match="deleted or replaced"), storing():
            pass
    assert not file.exists()


def test_a_database_that_cannot_be_opened_ends_the_start(tmp_path: Path) -> None:
    database = at(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    with pytest.raises(StartError, match="cannot use DATABASE_URL sqlite:///"):
        database.prepare()
    database.close()


def test_what_the_pool_says_of_a_broken_connection_is_one_line() -> None:
    error = ValueError("first\nsecond")
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "broken", (), (ValueError, error, None))
    assert OneLine().filter(record)
    assert (record.getMessage(), record.exc_info) == ("broken: first", None)


def test_there_is_always_a_moment_left() -> None:
    assert left(0) == 0.01
