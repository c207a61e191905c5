"""What both databases share: transactions, long reads, and what is said when it is away; on SQLite."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import at
from userstatus.errors import Busy, StartError, Unavailable
from userstatus.store.database import Database, available, left, reason


def test_a_transaction_is_undone_by_what_is_raised_in_it(sqlite_database: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE other (id INTEGER)")
        raise KeyError

    with pytest.raises(KeyError), sqlite_database.write() as connection:
        fail(connection)
    assert not sa.inspect(sqlite_database.engine).has_table("other")


@pytest.mark.parametrize("patience", [0, 0.05])
def test_a_long_read_is_broken_off_when_its_time_is_over(sqlite_database: Database, patience: float) -> None:
    """Even where that is before the thread has begun to read."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Unavailable):
        sqlite_database.fetch(sa.text(endless), patience=patience)
    assert sqlite_database.fetch(sa.text("SELECT 1")) == [(1,)]


def test_a_long_read_cannot_write(sqlite_database: Database) -> None:
    with pytest.raises(Unavailable, match="does not answer") as rejection:
        sqlite_database.fetch(sa.text("DELETE FROM messages"))
    assert "readonly" in rejection.value.reason


def test_a_database_that_cannot_be_opened_fails_startup(tmp_path: Path) -> None:
    database = at(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    with pytest.raises(StartError, match="cannot use DATABASE_URL sqlite:///"):
        database.prepare()
    database.close()


def test_there_is_always_a_moment_left() -> None:
    assert left(0) == 0.01
    assert left(time.monotonic() + 60) == pytest.approx(60, abs=5)


@pytest.mark.parametrize("error", [sa.exc.DataError, sa.exc.IntegrityError])
def test_an_error_about_the_data_is_not_one_of_the_database(error: type[sa.exc.DBAPIError]) -> None:
    with pytest.raises(error), available():
        raise error("INSERT", None, ValueError("too long"))


@pytest.mark.parametrize(
    "error",
    [sa.exc.OperationalError("SELECT", None, ValueError("away")), sa.exc.TimeoutError(), TimeoutError()],
)
def test_whatever_else_a_driver_or_the_pool_raises_is_that_it_is_away(error: Exception) -> None:
    with pytest.raises(Unavailable) as caught, available():
        raise error
    assert caught.value.reason == reason(error)


def test_the_reason_is_the_first_line_of_what_the_driver_says() -> None:
    assert reason(sa.exc.OperationalError("SELECT", None, ValueError("away\nDETAIL"))) == "away"
    assert reason(TimeoutError()) == "TimeoutError"


def test_of_those_who_may_have_to_scan_the_log_only_some_read_at_a_time(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "_fetch", lambda *_: pytest.fail("no slot was free"))
    with sqlite_database._scans.taken(1), sqlite_database._scans.taken(1), pytest.raises(Busy):
        sqlite_database.fetch(sa.text("SELECT 1"), scans=True, patience=0.01)
    monkeypatch.undo()
    with sqlite_database._scans.taken(1), sqlite_database._scans.taken(1):
        assert sqlite_database.fetch(sa.text("SELECT 1"), patience=1) == [(1,)]


def test_a_database_of_another_version_fails_startup(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'unknown'")
    assert not sqlite_database.is_up_to_date()
    with pytest.raises(StartError, match="belongs to another version of userstatus"):
        sqlite_database.migrate()
