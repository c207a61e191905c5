"""`userstatus check-config`: what it says of a file, and with which exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.__main__ import main

RIGHT = """
[sites.tst]
name = "Test"
[[alerts]]
to = "${ONCALL_URL}"
silence = true
"""


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONFIG", raising=False)
    monkeypatch.setenv("ONCALL_URL", "json://duty.example")
    path = tmp_path / "userstatus.toml"
    path.write_text(RIGHT)
    return path


def test_a_right_file_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config"]) == 0
    assert capsys.readouterr().out == "ok: 1 site, 0 level rules, 1 alert\n"


@pytest.mark.parametrize("by", ["--config", "CONFIG"])
def test_a_mistake_is_told_in_one_line(
    by: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = file.with_name("other.toml")
    other.write_text("[sites.tst]\nsilent_after = 25\n")
    monkeypatch.setenv("CONFIG", str(file if by == "--config" else other))
    assert main(["check-config", *(["--config", str(other)] if by == "--config" else [])]) == 1
    expected = f"userstatus: {other}: sites.tst.silent_after is 25, expected a duration like "
    assert capsys.readouterr().err.startswith(expected)


def test_without_any_file_it_says_how_to_name_one(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.unlink()
    assert main(["check-config"]) == 1
    assert "there is no userstatus.toml here: give --config FILE, or set CONFIG" in capsys.readouterr().err
