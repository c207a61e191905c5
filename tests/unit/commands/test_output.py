"""Standard output, as the commands write to it."""

from __future__ import annotations

import io
import sys

import pytest

from userstatus.commands import output
from userstatus.commands.outcome import CommandFailed, OutputClosed


class Failing(io.StringIO):
    def __init__(self, error: OSError):
        super().__init__()
        self.error = error

    def flush(self) -> None:
        raise self.error


def test_every_character_can_be_written_in_any_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    output.prepare()
    output.write("12°\n")
    assert stream.buffer.getvalue() == b"12\\xb0\n"


def test_a_reader_that_has_gone_is_not_an_error_of_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(BrokenPipeError()))
    with pytest.raises(OutputClosed):
        output.write("x")


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(OSError(28, "No space left on device")))
    with pytest.raises(CommandFailed, match="cannot write: No space left on device"):
        output.write("x")


def test_without_standard_output_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputClosed):
        output.prepare()
