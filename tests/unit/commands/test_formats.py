"""Messages as lines, as rows of CSV, and as JSON."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from userstatus.commands.formats import HEADING, as_json, counted, iso, line, row, wants_color


def message(text: str = "x", **fields: Any) -> dict[str, Any]:
    known = {
        "id": 17,
        "site": "tst",
        "log_level": "warning",
        "timestamp": 1604514063,
        "received_at": 1604514063.52,
    }
    return {**known, "message": text, "cursor": "17-1604514063520000", **fields}


def test_a_line_has_time_level_site_and_text() -> None:
    assert line(message("Rain\nclosing")) == "2020-11-04T18:21:03Z WARNING  tst Rain\n    closing\n"


def test_a_line_is_coloured_by_its_level_if_it_is_one_to_be_seen() -> None:
    assert line(message(), color=True).endswith(" \x1b[33mWARNING  tst x\x1b[0m\n")
    assert "\x1b" not in line(message(log_level="info"), color=True)


@pytest.mark.parametrize(
    ("environ", "is_wanted"),
    [
        ({"TERM": "xterm"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_that_know_them(environ: dict[str, str], is_wanted: bool) -> None:
    assert wants_color(True, environ, "linux") is is_wanted
    assert not wants_color(False, environ, "linux")


def test_windows_has_colours_in_its_new_terminal() -> None:
    assert wants_color(True, {"WT_SESSION": "x"}, "win32")
    assert not wants_color(True, {}, "win32")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_spreadsheet_does_not_run_a_text_as_a_formula(text: str) -> None:
    assert next(csv.reader(io.StringIO(row(message(text)), newline="")))[4] == f"'{text}"


def test_a_row_is_csv_whatever_is_in_the_text() -> None:
    text = 'a "quoted", text\nwith = lines\x1b'
    found = list(csv.reader(io.StringIO(HEADING + row(message(text)), newline="")))
    assert found == [
        ["id", "time", "site", "level", "message", "received"],
        ["17", "2020-11-04T18:21:03Z", "tst", "warning", text, "2020-11-04T18:21:03Z"],
    ]
    assert "\\x1b" in row(message(text), on_terminal=True)


def test_json_is_ascii_on_one_line() -> None:
    text = as_json(message("12°\n\x1b\x7f\x9b\u202e"))
    assert text.isascii()
    assert text.isprintable()
    assert json.loads(text) == message("12°\n\x1b\x7f\x9b\u202e")


@pytest.mark.parametrize("moment", [1e15, -1e15, 9e18])
def test_a_time_that_no_calendar_has_is_a_number(moment: float) -> None:
    assert iso(moment) == str(moment)
    assert iso(moment, local=True) == str(moment)


def test_messages_are_counted_in_words() -> None:
    assert (counted(1), counted(1200)) == ("1 message", "1,200 messages")
