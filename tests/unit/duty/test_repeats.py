"""Repeats: which texts are the same, and what becomes of the one that was told longest ago."""

from __future__ import annotations

from tests.support.notices import NIGHT, Night
from userstatus.duty.lines import Line
from userstatus.duty.repeats import MAX_WINDOWS, Repeats, same_text


def test_texts_of_a_site_that_differ_in_numbers_alone_are_the_same() -> None:
    assert same_text("tst", "Retry 11: 12.5 s") == same_text("tst", "Retry 222: 0.75 s")
    assert same_text("tst", "shutter 1 stuck") != same_text("tst", "shutter 2 stuck")
    assert same_text("tst", "Retry 1") != same_text("mrc1", "Retry 1")
    assert same_text("tst", "Retry 1") != same_text("tst", "Retry once")


def test_of_too_many_texts_the_one_told_longest_ago_is_forgotten_but_not_what_was_counted_of_it() -> None:
    night, repeats = Night(), Repeats(1800)

    def told(text: str) -> list[tuple[str, int]]:
        line = Line.of(night.says(0, text))
        return [(each.text, each.times) for each in repeats.add(text, line)]

    assert told("first") == [("first", 1)]
    assert told("first") == []
    for number in range(1, MAX_WINDOWS):
        told(f"text {number}")
    assert told("one more") == [("one more", 1), ("first", 1)]
    assert told("first")[0] == ("first", 1), "it has begun anew"
    assert len(repeats.as_json()) == MAX_WINDOWS


def test_windows_end_in_turn_even_if_nobody_looked_for_long() -> None:
    night, repeats = Night(), Repeats(60)
    for seconds in (0, 1, 30):
        list(repeats.add("a", Line.of(night.says(seconds, "a"))))
    assert repeats.next_end == NIGHT + 60
    closed = [(key, line.due - NIGHT, line.times) for key, line in repeats.close(NIGHT + 9999)]
    assert closed == [("a", 60, 2)]
    assert repeats.next_end == float("inf")
