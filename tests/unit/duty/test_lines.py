"""Lines: how a message is shortened, and what is left out where many wait."""

from __future__ import annotations

import json

from tests.support.notices import Night
from userstatus.duty.lines import MAX_LINES, MAX_TEXT_CHARS, Line, Lines, shortened, worst


def test_a_text_becomes_one_printable_line_of_limited_length() -> None:
    assert shortened("\n Mount:\t no\n\nanswer \x1b[31m") == "Mount: no answer \ufffd[31m"
    assert len(shortened("é" * 10_000)) == MAX_TEXT_CHARS
    assert shortened("é" * 10_000).endswith("…")


def test_where_too_many_wait_the_newest_of_the_least_level_are_only_counted() -> None:
    night, lines = Night(), Lines()
    for number in range(MAX_LINES):
        lines.add(Line.of(night.says(number, f"warning {number}", "warning")))
    lines.add(Line.of(night.says(50, "broken", "critical")))
    lines.add(Line.of(night.says(51, "another warning", "warning")))
    assert [line.text for line in lines.listed][-2:] == ["warning 18", "broken"]
    assert (lines.more, len(lines), worst(lines.listed)) == (2, MAX_LINES + 2, "critical")


def test_lines_are_saved_and_joined_with_others() -> None:
    night, lines = Night(), Lines(more=3)
    lines.add(Line.of(night.says(0, "a")))
    parsed = Lines.parse(json.loads(json.dumps(lines.as_json())))
    assert parsed == lines
    parsed.add_all(lines)
    assert (len(parsed.listed), parsed.more) == (2, 6)
    assert len(Lines.parse([])) == 0
