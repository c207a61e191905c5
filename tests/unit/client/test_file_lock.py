"""The lock of which one of several has it."""

from __future__ import annotations

from pathlib import Path

from userstatus.client.file_lock import FileLock


def test_of_two_one_has_it_until_it_gives_it_back(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert (first.acquire(), first.acquire(), second.acquire()) == (True, True, False)
    first.release()
    first.release()
    assert (second.acquire(), first.acquire()) == (True, False)
    second.release()


def test_only_its_user_can_read_the_file(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x.lock")
    assert lock.acquire()
    assert (tmp_path / "x.lock").stat().st_mode & 0o777 == 0o600
    lock.release()


def test_it_is_given_where_there_can_be_no_file(tmp_path: Path) -> None:
    assert FileLock(tmp_path / "missing" / "x.lock").acquire()
