"""The file of a spool: who may open it, what happens if it is damaged or replaced."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.support.spools import locked
from userstatus.client import spool_file
from userstatus.client.spool_file import SpoolFile, is_damage, is_locked

SCHEMA = "CREATE TABLE IF NOT EXISTS numbers (number INTEGER)"


def opened(path: Path | None, told: list[str] | None = None) -> SpoolFile:
    told = [] if told is None else told
    return SpoolFile(path, SCHEMA, told.append, "NORMAL")


def add(file: SpoolFile, number: int) -> None:
    file.run(lambda connection: connection.execute("INSERT INTO numbers VALUES (?)", (number,)))


def numbers(file: SpoolFile) -> list[int]:
    rows = file.run(lambda connection: connection.execute("SELECT number FROM numbers").fetchall())
    return [number for (number,) in rows]


def assert_pragmas(connection: sqlite3.Connection, **values: object) -> None:
    for pragma, value in values.items():
        assert connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)


def damaged(*_: object) -> None:
    raise sqlite3.DatabaseError("database disk image is malformed")


def test_its_folder_is_made_for_its_user_alone(tmp_path: Path) -> None:
    file = opened(tmp_path / "a" / "spool" / "x")
    assert not (tmp_path / "a").exists()
    add(file, 1)
    assert stat.S_IMODE((tmp_path / "a" / "spool").stat().st_mode) == 0o700
    file.close()


def test_it_is_a_write_ahead_log_that_is_synchronous_as_asked(tmp_path: Path) -> None:
    for name, number in (("NORMAL", 1), ("FULL", 2)):
        file = SpoolFile(tmp_path / name, SCHEMA, pytest.fail, name)
        file.run(partial(assert_pragmas, journal_mode="wal", synchronous=number))
        file.close()


def test_a_transaction_that_fails_changes_nothing(tmp_path: Path) -> None:
    file = opened(tmp_path / "x")

    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (1)")
        _ = 1 / 0

    with suppress(ZeroDivisionError):
        file.transact(fails)
    add(file, 2)
    assert numbers(file) == [2]
    file.close()


def test_it_is_opened_again_after_it_was_closed(tmp_path: Path) -> None:
    file = opened(tmp_path / "x")
    add(file, 1)
    file.close()
    file.close()
    assert numbers(file) == [1]
    file.close()


def test_what_is_in_memory_survives_closing_and_is_there_for_all_threads() -> None:
    file = opened(None)
    threads = [threading.Thread(target=add, args=(file, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    assert sorted(numbers(file)) == list(range(8))


@pytest.mark.parametrize("content", [b"x" * 100, b"SQLite format 3\0" + b"x" * 4000])
def test_a_file_that_is_none_is_renamed_and_told(tmp_path: Path, content: bytes) -> None:
    told: list[str] = []
    (tmp_path / "x").write_bytes(content)
    file = opened(tmp_path / "x", told)
    add(file, 1)
    assert numbers(file) == [1]
    (aside,) = tmp_path.glob("x.damaged-*[0-9]")
    assert aside.read_bytes() == content
    assert told == [f"the spool {tmp_path}/x is damaged; it is now {aside}, and a new one has begun"]
    file.close()


def test_damage_that_is_found_later_costs_one_call_and_the_next_has_a_new_file(tmp_path: Path) -> None:
    told: list[str] = []
    file = opened(tmp_path / "x", told)
    add(file, 1)
    with pytest.raises(sqlite3.DatabaseError):
        file.run(damaged)
    add(file, 2)
    assert (numbers(file), len(told)) == ([2], 1)
    file.close()


def test_one_that_is_killed_while_it_renames_leaves_no_write_ahead_log_for_a_new_file(tmp_path: Path) -> None:
    """Every state in which a kill leaves the files, as each rename is made."""
    states: list[set[str]] = []

    class Watched(type(tmp_path)):  # type: ignore[misc]
        def rename(self, target: Path) -> Path:
            found: Path = Path(self).rename(target)
            states.append({path.name for path in tmp_path.iterdir()} & {"x", "x-wal", "x-shm"})
            return found

    other = opened(tmp_path / "x")
    add(other, 1)  # and stays open, so that the log is there
    file = opened(Watched(tmp_path / "x"))
    with suppress(sqlite3.DatabaseError):
        file.run(damaged)
    assert states == [{"x", "x-shm"}, {"x"}, set()]
    other.close()


def test_what_another_process_has_renamed_already_is_not_renamed_again(tmp_path: Path) -> None:
    told: list[str] = []
    file, other = opened(tmp_path / "x", told), opened(tmp_path / "x")
    add(file, 1)

    def finds_it_damaged(_: sqlite3.Connection) -> None:
        (tmp_path / "x").rename(tmp_path / "aside")
        add(other, 2)
        damaged()

    with suppress(sqlite3.DatabaseError):
        file.run(finds_it_damaged)
    assert numbers(file) == [2]
    assert told == []
    file.close()
    other.close()


def test_a_file_that_was_replaced_is_opened_anew(tmp_path: Path) -> None:
    file, other = opened(tmp_path / "x"), opened(tmp_path / "x")
    add(file, 1)
    for path in tmp_path.glob("x*"):
        path.rename(tmp_path / f"old-{path.name}")
    add(other, 2)
    add(file, 3)
    assert numbers(file) == numbers(other) == [2, 3]
    file.close()
    other.close()


def test_only_the_file_itself_is_called_damaged() -> None:
    assert is_damage(sqlite3.DatabaseError("file is not a database"))
    assert not is_damage(sqlite3.OperationalError("database or disk is full"))
    assert not is_damage(sqlite3.IntegrityError())


def test_a_long_write_ahead_log_is_moved_into_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_file, "LOG_BYTES", 1)
    monkeypatch.setattr(spool_file, "MAX_LOG_BYTES", 1)
    file = opened(tmp_path / "x")
    file.checkpoint()  # which there is nothing to do for
    for number in range(20):
        add(file, number)
    log = tmp_path / "x-wal"
    assert log.stat().st_size > 0
    file.checkpoint()
    assert log.stat().st_size == 0
    assert numbers(file) == list(range(20))
    file.close()


def test_before_a_fork_the_file_is_closed_and_no_thread_can_use_it(tmp_path: Path) -> None:
    file = opened(tmp_path / "x")
    add(file, 1)
    file.before_fork()
    assert not (tmp_path / "x-wal").exists()
    other = threading.Thread(target=add, args=(file, 2))
    other.start()
    other.join(0.05)
    assert other.is_alive()
    file.after_fork_in_parent()
    other.join()
    assert numbers(file) == [1, 2]
    file.close()


def test_after_a_fork_what_is_in_memory_stays_with_the_parent() -> None:
    file = opened(None)
    add(file, 1)
    file.before_fork()
    file.after_fork_in_child()
    add(file, 2)
    assert numbers(file) == [2]


def test_where_nothing_can_be_written_that_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="File exists"):
        add(opened(tmp_path / "file" / "x"), 1)


def test_a_thread_that_waits_for_another_process_keeps_no_other_thread_waiting(tmp_path: Path) -> None:
    file, tried = opened(tmp_path / "x"), threading.Event()

    def write(connection: sqlite3.Connection) -> None:
        tried.set()
        connection.execute("INSERT INTO numbers VALUES (2)")

    add(file, 1)
    with locked(tmp_path / "x"):
        writes = threading.Thread(target=file.run, args=(write, 30.0))
        writes.start()
        assert tried.wait(30)
        assert numbers(file) == [1]
        assert writes.is_alive()
    writes.join()
    assert numbers(file) == [1, 2]
    file.close()


def test_what_another_process_keeps_locked_is_an_error_after_a_while(tmp_path: Path) -> None:
    file = opened(tmp_path / "x")
    add(file, 1)
    with locked(tmp_path / "x"), pytest.raises(sqlite3.OperationalError) as raised:
        add(file, 2)
    assert is_locked(raised.value)
    add(file, 3)
    assert numbers(file) == [1, 3]
    file.close()


def test_its_generation_changes_with_the_file_and_not_when_it_is_opened_again(tmp_path: Path) -> None:
    file = opened(tmp_path / "x")
    add(file, 1)
    file.close()
    add(file, 2)
    assert file.generation == 1
    (tmp_path / "x").rename(tmp_path / "y")
    add(file, 3)
    assert file.generation == 2
    file.close()
