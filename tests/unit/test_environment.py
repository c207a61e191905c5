"""What the environment of a process says."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.environment import fail, read_config
from userstatus.errors import StartError


def test_a_file_that_is_named_counts_more_than_that_of_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, of_server = tmp_path / "new.toml", tmp_path / "old.toml"
    named.write_text("[sites.tst]\n")
    of_server.write_text("")
    monkeypatch.setenv("CONFIG", str(of_server))
    assert list(read_config(named).sites) == ["tst"]
    assert not read_config(None).sites


def test_without_a_file_it_says_how_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CONFIG", raising=False)
    with pytest.raises(StartError, match=r"no userstatus\.toml here: give --config FILE, or set CONFIG"):
        read_config(None)


def test_what_is_wrong_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(StartError("PORT is 'x'")) == 1
    assert capsys.readouterr().err == "userstatus: PORT is 'x'\n"
