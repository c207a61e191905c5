"""Posting through the spool, while there is no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.service import free_port
from tests.support.spools import locked_for_reading
from userstatus.commands.delivery import Delivery, finish_all, folder
from userstatus.commands.outcome import DONE, FAILED, KEPT, CommandFailed


def test_what_cannot_be_sent_is_kept_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    delivery = Delivery(f"http://127.0.0.1:{free_port()}", "tst", None, tmp_path)
    delivery.poster.send("x")
    assert finish_all([delivery]) == KEPT
    assert delivery.waiting() == 1
    told = capsys.readouterr().err
    assert "userstatus: cannot reach http://127.0.0.1:" in told
    assert "userstatus: kept in the spool: 1 message; to try again: userstatus spool send\n" in told


def test_what_is_neither_on_disk_nor_confirmed_is_not_called_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the server may have it."""
    (tmp_path / "file").write_text("")
    delivery = Delivery(f"http://127.0.0.1:{free_port()}", "tst", None, tmp_path / "file")
    delivery.poster.send("x")
    assert delivery.finish() == FAILED
    assert capsys.readouterr().err.splitlines()[-1] == (
        "userstatus: neither kept on disk nor confirmed by the server: 1 message"
    )


def test_what_waits_in_a_spool_that_cannot_be_read_now_is_not_called_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery = Delivery(f"http://127.0.0.1:{free_port()}", "tst", None, tmp_path)
    delivery.poster.send("x")
    assert not delivery.poster.close(30)
    delivery._spool.close()
    with locked_for_reading(delivery.path):
        assert delivery._tell_kept() == KEPT
    told = capsys.readouterr().err
    assert f"kept in {delivery.path}, which cannot be read now (database is locked)" in told


def test_what_was_under_way_and_arrives_in_the_last_moment_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery = Delivery(f"http://127.0.0.1:{free_port()}", "tst", None, tmp_path)
    assert delivery._tell_kept() == DONE
    assert capsys.readouterr().err == ""
    delivery.leave()


def test_a_destination_that_makes_no_sense_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="url is 'x'") as failed:
        Delivery("x", "tst", None, tmp_path)
    assert failed.value.status == 2


def test_the_folder_is_the_one_given_or_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert folder("~/x") == Path.home() / "x"
    assert folder(None).name == "spool"
