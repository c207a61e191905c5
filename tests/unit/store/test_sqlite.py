"""What only SQLite does: checkpoints, its own bug, and how durable a commit is."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import moved, open_journal
from tests.support.messages import message
from userstatus.store import sqlite_file
from userstatus.store.expiry import Expiry
from userstatus.store.retention import Retention
from userstatus.store.sqlite import Sqlite


def test_a_checkpoint_makes_no_file_and_writes_to_no_other(sqlite_database: Sqlite, file: Path) -> None:
    checkpoints = sqlite_file.Checkpoints(sqlite_database.file)
    open_journal(sqlite_database, ttl=3600).append([message()])
    assert checkpoints.run()
    open_journal(sqlite_database, ttl=3600).append([message()])
    shutil.copy(file, file.with_name("copy"))
    file.unlink()
    assert not checkpoints.run()
    assert not file.exists()
    file.with_name("copy").rename(file)
    before = file.read_bytes()
    assert not checkpoints.run()
    assert file.read_bytes() == before


def test_a_checkpoint_happens_only_when_something_was_committed(sqlite_database: Sqlite, file: Path) -> None:
    checkpoints = sqlite_file.Checkpoints(sqlite_database.file)
    journal = open_journal(sqlite_database, ttl=3600)
    journal.append([message("one")])
    assert [checkpoints.run(), checkpoints.run(), checkpoints.run()] == [True, False, False]
    journal.append([message("two")])
    assert [checkpoints.run(), checkpoints.run()] == [True, False]
    with closing(sqlite3.connect(file, isolation_level=None)) as another_process:
        another_process.execute("UPDATE messages SET log_level = 'error'")
        assert [checkpoints.run(), checkpoints.run()] == [True, False]
    checkpoints.close()
    assert moved(file) == 2


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_it_is_known_which_sqlite_has_the_bug(version: tuple[int, int, int], has_it: bool) -> None:
    assert sqlite_file.has_wal_reset_bug(version) == has_it


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
    Retention(sqlite_database, Expiry(3600, lambda: 0), 600).purge()
    with sqlite_database.append() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
    with sqlite_database.write(durable=False) as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 1, "NORMAL"
    with sqlite_database.append() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
