"""What only SQLite does: how durable a commit is, and what becomes of a file that was replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import open_journal
from tests.support.messages import message
from userstatus.errors import Unavailable
from userstatus.store.database import Database
from userstatus.store.expiry import Expiry
from userstatus.store.retention import Retention
from userstatus.store.sqlite import Sqlite


def test_nothing_is_stored_in_a_file_that_was_replaced(sqlite_database: Database, file: Path) -> None:
    file.rename(file.with_name("away"))
    for storing in (sqlite_database.write, sqlite_database.append):
        with pytest.raises(Unavailable, match="deleted or replaced"), storing():
            pass
    assert not file.exists()


def test_a_commit_that_fails_leaves_nothing_behind(sqlite_database: Sqlite) -> None:
    """Most errors of a COMMIT end the transaction; one that does not would be the next one's."""
    with sqlite_database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE child (id REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)"
        )
    with sqlite_database.append() as connection:
        pass
    connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]
    with pytest.raises(sa.exc.IntegrityError), sqlite_database.append() as connection:
        connection.exec_driver_sql("INSERT INTO child VALUES (1)")
    assert open_journal(sqlite_database, ttl=3600).append([message()]) == [1]
    with sqlite_database.read() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM child")) == 0


def test_what_is_acknowledged_is_on_disk_though_a_purge_that_need_not_be_came_first(
    sqlite_database: Sqlite,
) -> None:
    """A commit of either waits for the disk or not as it should, whichever connection it gets."""
    Retention(sqlite_database, Expiry(3600), 600).purge(0)
    with sqlite_database.append() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
    with sqlite_database.write(durable=False) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1, "NORMAL"
    with sqlite_database.append() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"


def test_a_file_that_is_damaged_makes_an_append_unavailable(sqlite_database: Sqlite) -> None:
    journal = open_journal(sqlite_database, ttl=3600)
    journal.append([message()])
    path = Path(sqlite_database.file.path)
    for each in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with each.open("r+b") as file:
            file.write(b"x" * each.stat().st_size)
    with pytest.raises(Unavailable):
        sqlite_database.append_at_once([message()], 1.0, 0.1)
