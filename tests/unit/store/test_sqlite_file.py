"""An SQLite database's file, its write-ahead log, and which versions may lose what is in that."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.databases import moved, open_journal
from tests.support.messages import message
from userstatus.errors import Unavailable
from userstatus.store import sqlite_file
from userstatus.store.sqlite import Sqlite
from userstatus.store.sqlite_file import File


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


def test_a_file_is_the_one_that_was_opened_first(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    file = File(str(path))
    assert (file.exists(), file.is_same()) == (False, True)
    path.write_text("first")
    file.opened()
    assert (file.exists(), file.is_same()) == (True, True)
    path.rename(tmp_path / "first")
    path.write_text("second")
    file.opened()
    assert not file.is_same()
    (tmp_path / "first").rename(path)
    assert file.is_same()


def test_a_file_that_was_replaced_is_reported_once_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, away = tmp_path / "x.db", tmp_path / "away"
    path.touch()
    file = File(str(path))
    file.opened()
    for _ in range(2):
        path.rename(away)
        for _ in range(2):
            with pytest.raises(Unavailable, match="put it back"):
                file.check()
        away.rename(path)
        file.check()
    assert [record.levelname for record in caplog.records] == ["ERROR"] * 2
