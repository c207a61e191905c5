"""The command line: its commands, its help, and that none of them disturbs another."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.service import PROJECT
from userstatus import __version__
from userstatus.__main__ import COMMANDS, main

NAMES = [module.__name__.rpartition(".")[2].replace("_", "-") for module in COMMANDS]


def help_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit, match="0"):
        main([*arguments, "--help"])
    return capsys.readouterr().out


def test_without_a_command_it_shows_its_help_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    told = " ".join(output.err.split())
    assert "serve start the server" in told
    assert "migrate bring the database of every stage up to date" in told


def test_an_unknown_command_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["fly"])
    assert "invalid choice: 'fly'" in capsys.readouterr().err


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"userstatus {__version__}\n"


@pytest.mark.parametrize("command", NAMES)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, command)
    assert text.startswith(f"usage: userstatus {command} ")


@pytest.mark.parametrize("command", ["send", "tail", "recent", "replay", "spool"])
def test_the_help_has_examples_and_the_exit_status(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, command)
    assert f"\n  userstatus {command} " in text
    assert "exit status: " in text


@pytest.mark.parametrize(
    "line", ["send x --site tst", "tail", "recent tst", "replay pyproject.toml --site tst"]
)
def test_without_a_server_a_command_says_how_to_name_one(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("USERSTATUS_URL", raising=False)
    monkeypatch.chdir(PROJECT)
    assert main(line.split()) == 2
    assert "the server's URL is missing: " in capsys.readouterr().err


def test_nothing_is_imported_that_the_server_has_to_prepare_first() -> None:
    program = "import sys, userstatus.__main__; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    prepared = {"socket", "ssl", "select", "threading", "queue", "subprocess", "sqlite3", "http.client"}
    assert prepared & set(done.stdout.split()) == set()
