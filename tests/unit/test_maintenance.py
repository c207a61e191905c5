"""What is done beside a running server, where it cannot be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus import maintenance


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which has no database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "sqlite:///none.db")
    monkeypatch.setenv("CONFIG", str(tmp_path / "x.toml"))
    (tmp_path / "x.toml").write_text("")
    return tmp_path


def test_a_rehearsal_does_not_make_a_log(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert maintenance.rehearse(None, 60, as_json=False) == 1
    assert capsys.readouterr().err.endswith("none.db has no log of this version: userstatus migrate\n")
    assert not (folder / "none.db").exists()


def test_a_setting_that_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    for run in (maintenance.migrate, lambda: maintenance.with_log(lambda _: None)):
        assert run() == 1
        assert capsys.readouterr().err.startswith("userstatus: DATABASE_URL is 'mysql://x', expected ")
