"""`userstatus replay`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from userstatus.__main__ import main


def test_wrong_arguments_are_told(usage_error: Callable[[str], str]) -> None:
    assert "FILE" in usage_error("replay")
    assert "is no speed" in usage_error("replay x --speed 0")


def test_lines_need_a_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USERSTATUS_SITE", raising=False)
    (tmp_path / "night.txt").write_text("x")
    assert main(["replay", str(tmp_path / "night.txt")]) == 2
    assert "give --site" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().err.endswith("nothing: No such file or directory\n")
