"""What is reported of viewers' odd packets: one line for each, and not too many of them."""

from __future__ import annotations

import logging

from userstatus.realtime import MAX_LINE, MOST_LINES, OneLine


def record(
    message: str, level: int = logging.WARNING, error: BaseException | None = None
) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("x", level, "x.py", 1, message, (), exc_info)


def test_a_traceback_becomes_part_of_the_line() -> None:
    found = record("bad packet", error=ValueError("odd"))
    assert OneLine().filter(found)
    assert (found.getMessage(), found.exc_info) == ("bad packet: ValueError('odd')", None)


def test_a_long_line_is_cut() -> None:
    found = record("x" * 10_000)
    OneLine().filter(found)
    assert len(found.getMessage()) == MAX_LINE


def test_what_is_no_warning_is_left_out() -> None:
    assert not OneLine().filter(record("chat", logging.INFO))


def test_of_many_lines_in_a_second_the_first_are_written() -> None:
    only = OneLine()
    written = sum(only.filter(record("odd")) for _ in range(10 * MOST_LINES))
    assert MOST_LINES <= written <= 2 * MOST_LINES, "the second may end in between"
