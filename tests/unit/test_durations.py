"""Durations, as they are written and as they are said."""

from __future__ import annotations

import pytest

from userstatus.durations import duration, duration_in_short, duration_in_words


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("24h", 86_400), ("7d", 604_800), ("3650d", 315_360_000)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "90", "1w", "-1s", "1.5h", "3651d", "1 h", "\u0663s"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="15m"):
        duration(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(604_800, "7 days"), (86_400, "24 hours"), (5400, "90 minutes"), (90, "90 seconds"), (1, "1 second")],
)
def test_a_duration_is_said_in_words(seconds: int, words: str) -> None:
    assert duration_in_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "short"),
    [
        (0.9, "0 s"),
        (45, "45 s"),
        (90.7, "1 min 30 s"),
        (3600, "1 h"),
        (3601, "1 h"),
        (11_100, "3 h 5 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float, short: str) -> None:
    assert duration_in_short(seconds) == short
