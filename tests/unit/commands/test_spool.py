"""`userstatus spool`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from userstatus.__main__ import main


def test_wrong_arguments_are_told(usage_error: Callable[[str], str]) -> None:
    assert "ACTION" in usage_error("spool")
    assert "invalid choice: 'fly'" in usage_error("spool fly")


def test_an_empty_folder_has_nothing_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("status", "send", "clear"):
        assert main(["spool", action, "--spool", str(tmp_path / "nowhere")]) == 0
    assert capsys.readouterr().out == f"Nothing waits in {tmp_path / 'nowhere'}.\n"
