"""`userstatus spool`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "ACTION"),
        (["fly"], "invalid choice: 'fly'"),
    ],
)
def test_arguments_that_make_no_sense_are_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["spool", *arguments])
    assert told in capsys.readouterr().err


def test_an_empty_folder_has_nothing_waiting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("status", "send", "clear"):
        assert main(["spool", action, "--spool", str(tmp_path / "nowhere")]) == 0
    assert capsys.readouterr().out == f"Nothing waits in {tmp_path / 'nowhere'}.\n"
