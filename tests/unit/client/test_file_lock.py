"""The lock of which one of several has it."""

from __future__ import annotations

import os
import time
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


def test_it_tells_which_process_has_it_and_since_when(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert other.holder() is None
    before = time.time()
    assert lock.acquire()
    found = other.holder()
    assert found is not None
    assert found.pid == os.getpid()
    assert before - 1 < found.since < time.time() + 1
    assert lock.holder() is None, "no other one"
    lock.release()
    assert other.holder() is None
    assert other.acquire()
    other.release()


def test_of_one_that_an_earlier_version_has_taken_nothing_is_told(tmp_path: Path) -> None:
    lock, other = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert lock.acquire()
    (tmp_path / "x.lock").write_text("")
    assert other.holder() is None
    lock.release()
