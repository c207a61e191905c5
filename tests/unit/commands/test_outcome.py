"""How a command ends."""

from __future__ import annotations

import pytest

from userstatus.commands.outcome import CommandFailed, status_of, tell


def test_a_commands_own_status_is_the_exit_status() -> None:
    assert status_of(lambda: 75) == 75


def test_a_failure_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise CommandFailed("it is\nso: do that", 2)

    assert status_of(fail) == 2
    assert capsys.readouterr().err == "userstatus: it is so: do that\n"


def test_ctrl_c_is_130_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    assert status_of(interrupted) == 130
    assert capsys.readouterr().err == ""


def test_what_is_told_cannot_control_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    tell("the server says \x1b]0;x\x07")
    assert capsys.readouterr().err == "userstatus: the server says \\x1b]0;x\\x07\n"
