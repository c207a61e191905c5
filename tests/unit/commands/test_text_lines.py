"""Lines that programs write."""

from __future__ import annotations

import io

import pytest

from userstatus.commands.text_lines import MAX_LINE_BYTES, level_at_start, lines


def test_lines_are_decoded_and_blank_ones_left_out() -> None:
    content = "12°\r\n\n  \n indented\n".encode() + b"12\xb0 in Latin-1\nunended"
    assert list(lines(io.BytesIO(content))) == ["12°", " indented", "12° in Latin-1", "unended"]


def test_a_line_without_end_is_taken_in_pieces() -> None:
    assert [len(line) for line in lines(io.BytesIO(b"x" * (MAX_LINE_BYTES + 5)))] == [MAX_LINE_BYTES, 5]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("INFO Slewing", "info"),
        ("WARN: rain", "warning"),
        ("[error] x", "error"),
        ("  <crit> x", "critical"),
        ("debug: x", "debug"),
        ("2026-11-28 10:00:00,123 ERROR x", "error"),
        ("10:00 Warning: x", "warning"),
        ("TRACE: x", "debug"),
        ("Alert the observers", None),
        ("Information about the dome", None),
        ("ERRORS were found", None),
        ("the INFO desk", None),
        ("", None),
        (f"1{' ' * 100_000}", None),
    ],
)
def test_the_level_is_a_word_at_the_beginning_that_can_be_nothing_else(text: str, level: str | None) -> None:
    assert level_at_start(text) == level
