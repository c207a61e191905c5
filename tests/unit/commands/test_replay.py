"""`userstatus replay`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "FILE"),
        (["x", "--speed", "0"], "is no speed"),
    ],
)
def test_arguments_that_make_no_sense_are_told(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["replay", *arguments])
    assert told in capsys.readouterr().err


def test_without_a_server_it_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USERSTATUS_URL", raising=False)
    (tmp_path / "night.txt").write_text("x")
    assert main(["replay", str(tmp_path / "night.txt"), "--site", "tst"]) == 2
    assert "the server's URL is missing: " in capsys.readouterr().err


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
