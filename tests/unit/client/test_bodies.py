"""Messages as JSON for the server: every one of them is accepted, whatever a program gave."""

from __future__ import annotations

import json
import logging
import math
import time
from typing import Any

import pytest

from userstatus.client.bodies import body, level_of, number_of, promised, report
from userstatus.client.spool import BATCH_BYTES, Dropped
from userstatus.message import MAX_BODY_BYTES, read_messages

NOW = 1_700_000_000.0


def read(text: object, timestamp: Any = NOW) -> dict[str, Any]:
    """A message as the server reads it, which must have nothing to correct but what is shown anyhow."""
    content = body("tst", text, "info", timestamp).encode("ascii")
    posted = read_messages(content, NOW)
    assert posted.warnings == []
    return posted.messages[0]._asdict()


def test_the_server_reads_what_was_said() -> None:
    found = read("25° 14′", 1_600_000_000.75)
    assert len(found.pop("uuid")) == 32
    assert {name: value for name, value in found.items() if value is not None} == {
        "site": "tst",
        "message": "25° 14′",
        "log_level": "info",
        "timestamp": 1_600_000_000,
    }


SENSELESS: list[Any] = [None, 0, -1, math.nan, math.inf, "soon", True, [], 31 * 86_400 + 1]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(600, 600), (0.2, 1), ("90", 90), (31 * 86_400, 31 * 86_400), *((wrong, None) for wrong in SENSELESS)],
)
def test_a_promise_is_made_in_whole_seconds_or_not_at_all(given: object, seconds: int | None) -> None:
    assert promised(given) == seconds
    content = body("tst", "x", "info", NOW, promised(given)).encode("ascii")
    posted = read_messages(content, NOW)
    assert (posted.messages[0].next_within, posted.warnings) == (seconds, [])


def test_each_message_has_a_uuid_of_its_own() -> None:
    assert len({json.loads(body("tst", "x", "info", NOW))["uuid"] for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", None, 17, ["a"], "a\0b", "a\ud800", "\n", ValueError("x"), b"x"])
def test_any_object_becomes_a_text_that_is_accepted(text: object) -> None:
    assert read(text)["message"]


def test_a_text_is_cut_as_the_server_would_do_it() -> None:
    found = read("🔭" * 12_000)["message"]
    assert len(found) == 10_000
    assert found.endswith("… [cut: 12000 characters]")


def test_the_largest_message_fits_into_a_request() -> None:
    assert len(body("s" * 64, "🔭" * 12_000, "critical", NOW)) < BATCH_BYTES < MAX_BODY_BYTES


@pytest.mark.parametrize("timestamp", [math.nan, math.inf, "yesterday", None, [], 10**400])
def test_a_time_that_is_no_number_is_now(timestamp: Any) -> None:
    before = math.floor(time.time())
    assert read("x", timestamp)["timestamp"] >= before


@pytest.mark.parametrize(
    ("number", "level"),
    [
        (-1, "debug"),
        (0, "debug"),
        (5, "debug"),
        (10, "debug"),
        (19, "debug"),
        (20, "info"),
        (25, "info"),
        (30, "warning"),
        (49, "error"),
        (50, "critical"),
        (1000, "critical"),
    ],
)
def test_a_number_is_the_level_at_or_below_it(number: int, level: str) -> None:
    assert level_of(number) == level
    assert level_of(number_of(number)) == level


@pytest.mark.parametrize(
    ("level", "number"),
    [
        ("INFO", logging.INFO),
        ("WARN", logging.WARNING),
        ("warning", logging.WARNING),
        (" Error ", logging.ERROR),
        ("40", logging.ERROR),
        (30.0, logging.WARNING),
        ("nonsense", logging.INFO),
        (None, logging.INFO),
        (math.nan, logging.INFO),
    ],
)
def test_a_level_may_be_a_word_as_software_writes_it(level: object, number: int) -> None:
    assert number_of(level) == number


def test_a_report_has_the_counts_of_each_level_and_the_period_of_all() -> None:
    dropped = [Dropped(30, 2, NOW + 50, NOW + 60), Dropped(20, 1234, NOW, NOW + 30)]
    assert report(dropped) == (
        "Messages of 2023-11-14 22:13:20 to 2023-11-14 22:14:20 UTC were dropped before they could be sent, "
        "as too many were waiting or they were too old: 2 warning, 1,234 info"
    )
