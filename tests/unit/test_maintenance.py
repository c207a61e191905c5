"""What is done beside a running server, where it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.mark.parametrize(
    "run",
    [lambda: maintenance.rehearse(None, 60, as_json=False), lambda: maintenance.with_log(lambda _: None)],
    ids=["rehearse", "mute"],
)
def test_no_log_is_made_by_looking_for_it(
    run: Callable[[], int], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run() == 1
    assert capsys.readouterr().err.endswith(
        "none.db has no log of this version: set DATABASE_URL, or userstatus migrate\n"
    )
    assert not (folder / "none.db").exists()


def test_a_setting_that_is_wrong_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://x")
    for run in (maintenance.migrate, lambda: maintenance.with_log(lambda _: None)):
        assert run() == 1
        assert capsys.readouterr().err.startswith("userstatus: DATABASE_URL is 'mysql://x', expected ")
