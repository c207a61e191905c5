"""`userstatus rehearse`: its arguments, and what it says where there is nothing to rehearse."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.__main__ import main


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_period_that_is_none_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["rehearse", "--since", "yesterday"])
    assert "'yesterday' is not a duration like 90s, 15m, 24h or 7d" in capsys.readouterr().err


def test_the_help_has_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["rehearse", "--help"])
    assert "  userstatus rehearse --config new.toml\n" in capsys.readouterr().out
