"""Texts as a terminal may show them."""

from __future__ import annotations

import unicodedata

import pytest

from userstatus.commands.terminal_text import escaped, shown


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("12° 30′ −4\t5", "12° 30′ −4\t5"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\rb\x00\x7f\x9b", "a\\x0db\\x00\\x7f\\x9b"),
        ("\u202egnp", "\\u202egnp"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_controls_a_terminal_is_written_out(text: str, safe: str) -> None:
    assert escaped(text) == safe


def test_no_control_character_is_left() -> None:
    text = escaped("".join(map(chr, range(0x3000))))
    assert {char for char in text if unicodedata.category(char) in ("Cc", "Zl", "Zp")} == {"\t", "\n"}


def test_further_lines_are_indented_so_that_none_passes_for_a_message() -> None:
    assert shown("\none\r\ntwo\n\nthree\n ") == "one\n    two\n    \n    three"


def test_colours_of_a_program_are_left_out() -> None:
    assert shown("\x1b[1;31mred\x1b[0m") == "red"
