"""The log's lines: one for each record, and nothing in them that could be taken for another."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from userstatus.instruments.log_lines import About, Json, Text, escaped, is_json, whole


def test_what_is_not_printable_is_escaped_and_everything_else_stays() -> None:
    assert escaped("12 °C 😀") == "12 °C 😀"
    assert escaped("a\nb\x1b[2J\u2028\x85") == "a\\nb\\x1b[2J\\u2028\\x85"


def test_a_message_of_several_lines_is_one_line_and_a_traceback_is_indented() -> None:
    with pytest.raises(ValueError, match="odd") as caught:
        int("odd\nFORGED")
    error = (caught.type, caught.value, caught.tb)
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "said %s", ("a\nFORGED",), error)
    first, *rest = Text().format(record).split("\n")
    assert first.endswith("ERROR x: said a\\nFORGED")
    assert rest
    assert all(line.startswith("    ") for line in rest)


def test_what_looks_like_a_key_is_not_shown_wherever_it_is() -> None:
    secret = f"us_{'k' * 32}"
    with pytest.raises(ValueError, match="us_") as caught:
        int(secret)
    record = logging.LogRecord(
        "x", logging.ERROR, "x.py", 1, "odd: %s", (secret,), (caught.type, caught.value, caught.tb)
    )
    record.__dict__.update(About("192.0.2.1", "id-1", "GET", f"/newlog/{secret}").as_extra())
    for line in (Text().format(record), Json().format(record)):
        assert "k" * 8 not in line
        assert "odd: us_***" in line
    assert json.loads(Json().format(record))["path"] == "/newlog/us_***"


def as_json(message: str, *arguments: object, **others: Any) -> dict[str, Any]:
    """What a program reads of a record that is written as JSON."""
    record = logging.LogRecord(
        "x.y", logging.WARNING, "x.py", 1, message, arguments, others.pop("error", None)
    )
    record.__dict__.update(created=1604514063.25, **others)
    line = Json().format(record)
    assert line.isascii()
    assert line.isprintable()
    found: dict[str, Any] = json.loads(line)
    return found


def test_json_has_the_time_the_level_the_logger_and_the_message() -> None:
    assert as_json("said %s", "a\nb\u2028\x1b\0°") == {
        "time": "2020-11-04T18:21:03.250Z",
        "level": "warning",
        "logger": "x.y",
        "message": "said a\nb\u2028\x1b\0°",
    }


def test_json_has_a_traceback_in_one_field() -> None:
    with pytest.raises(ValueError, match="odd") as caught:
        int("odd\n{}")
    found = as_json("it failed", error=(caught.type, caught.value, caught.tb))
    assert found["exception"].startswith("Traceback")
    assert "\n" in found["exception"]


def test_surrogates_that_stand_alone_become_replacement_characters_and_pairs_one_character() -> None:
    assert as_json("%s", "a\ud800b")["message"] == "a\ufffdb"
    assert whole("\ud83d\ude00") == "😀"


def test_what_is_known_of_a_request_is_in_fields_of_its_own() -> None:
    known = About("192.0.2.1", "id-1", "POST", "/newlog", 400, 0.25)
    found = as_json("rejected", **known.as_extra())
    assert known._asdict().items() <= found.items()
    assert "status" not in as_json("corrected", **About("192.0.2.1", "id-1").as_extra())


def test_text_names_the_request_at_the_end_of_its_line() -> None:
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "rejected", (), None)
    record.__dict__.update(About("192.0.2.1", "id-1").as_extra())
    assert Text().format(record).endswith("ERROR x: rejected (request id-1)")


def test_the_log_of_these_tests_is_not_json() -> None:
    assert not is_json()
