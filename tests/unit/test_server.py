"""The log's lines: one for each record, and nothing in them that could be taken for another."""

from __future__ import annotations

import logging

import pytest

from userstatus import server
from userstatus.server import Lines, escaped


def test_what_is_not_printable_is_escaped_and_everything_else_stays() -> None:
    assert escaped("12 °C 😀") == "12 °C 😀"
    assert escaped("a\nb\x1b[2J\u2028\x85") == "a\\nb\\x1b[2J\\u2028\\x85"


def test_a_message_of_several_lines_is_one_line_and_a_traceback_is_indented() -> None:
    with pytest.raises(ValueError, match="odd") as caught:
        int("odd\nFORGED")
    error = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "said %s", ("a\nFORGED",), error)
    first, *rest = Lines("%(levelname)s %(message)s").format(record).split("\n")
    assert first == "ERROR said a\\nFORGED"
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_a_condition_is_waited_for_until_the_time_is_over() -> None:
    answers = [True, False, False]
    server.wait(answers.pop, 10)
    assert answers == []
    answers = [True, False, False]
    server.wait(answers.pop, 0.0)
    assert answers == [True, False]
