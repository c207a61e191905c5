"""What is told of another process that has the spool to send, and does not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from userstatus.client.complaints import Complaints
from userstatus.client.file_lock import FileLock, Holder
from userstatus.client.holder_watch import HELD_S, HolderWatch, told
from userstatus.client.trouble import Trouble, note


def test_a_process_that_sends_nothing_is_told_once_until_something_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    holding, lock = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert holding.acquire()
    watch = HolderWatch(tmp_path / "x", lock, Complaints())
    for now in (0, HELD_S - 1):
        watch.look(7, now)
    watch.look(8, HELD_S)  # as the one before was sent
    watch.look(8, 2 * HELD_S - 1)
    assert capsys.readouterr().err == ""
    for _ in range(2):
        watch.look(8, 2 * HELD_S)
    told_once = capsys.readouterr().err
    assert told_once.startswith(f"userstatus: process {os.getpid()} has had the spool to send since 20")
    assert told_once.endswith(f"s: if it is stopped, resume it or end it; messages wait in {tmp_path}/x\n")
    assert told_once.count("\n") == 1
    for _ in range(2):
        watch.over()
    assert capsys.readouterr().err == f"userstatus: what waits in {tmp_path}/x is sent again\n"
    holding.release()


def test_nothing_is_told_while_nothing_waits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    watch = HolderWatch(tmp_path / "x", FileLock(tmp_path / "x.lock"), Complaints())
    for now in (0, HELD_S, 10 * HELD_S):
        watch.look(0, now)
    assert capsys.readouterr().err == ""


def test_why_it_sends_nothing_is_told_if_it_has_noted_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note(tmp_path / "x", Trouble("http://localhost:8080", "401 the key was revoked", 0.0))
    watch = HolderWatch(tmp_path / "x", FileLock(tmp_path / "x.lock"), Complaints())
    for now in (0, HELD_S):
        watch.look(7, now)
    assert "has sent nothing for 30 seconds (401 the key was revoked): " in capsys.readouterr().err


def test_the_process_is_named_if_it_is_known() -> None:
    assert told(Holder(17, 1604514063.5)) == "process 17 has had the spool to send since 2020-11-04T18:21:03Z"
    assert told(None) == "another process has the spool to send"
