"""The report of a rehearsal."""

from __future__ import annotations

import json

import pytest

from tests.unit.duty.test_rehearsal import CONFIG, MIDNIGHT, Night
from userstatus.duty.rehearsal import Rehearsal
from userstatus.duty.rehearsal_report import MAX_SILENCES, as_json, as_text


@pytest.fixture
def rehearsal() -> Rehearsal:
    night = Night()
    night.say(0, "17° too close to the sun")
    night.say(10, "18° too close to the sun")
    night.say(1210)
    night.say(1211, site="tst")
    return night.rehearsed(1800)


def test_it_says_what_would_have_happened(rehearsal: Rehearsal) -> None:
    assert (
        as_text(rehearsal, MIDNIGHT, MIDNIGHT + 1800)
        == """\
4 messages of 2 sites, 2025-11-27 00:00 to 2025-11-27 00:30 UTC

Levels: 2 messages would have another level
  info → critical: 2 by levels[1] too close to the sun
    mrc1: 17° too close to the sun ×2

Silences: 1
  mrc1: since 2025-11-27 00:00, for 20 min, told at 00:10
    Silent for 10 min: expected a message at least every 10 min

Alerts: 3 calls, 0 of them between 22 and 6 o'clock of the site
  alerts[1].to[1] (slack): 3 calls, 0 of them at night, about 3 messages
    by hour of the site: 18h 3
"""
    )


def test_a_program_reads_the_same_as_json(rehearsal: Rehearsal) -> None:
    found = json.loads(as_json(rehearsal, MIDNIGHT, MIDNIGHT + 1800))
    assert (found["since"], found["until"], found["messages"]) == (MIDNIGHT, MIDNIGHT + 1800, 4)
    assert found["sites"] == {"mrc1": 3, "tst": 1}
    assert found["levels"][0]["examples"][0]["count"] == 2
    assert found["silences"][0]["site"] == "mrc1"
    assert (found["calls"], found["calls_at_night"]) == (3, 0)
    assert found["channels"][0]["by_hour"][18] == 3
    assert "secret" not in str(found)


def test_a_text_without_anything_to_tell_is_short() -> None:
    text = as_text(Night().rehearsed(0, config=""), MIDNIGHT, MIDNIGHT)
    assert text.startswith("0 messages of 0 sites, ")
    assert text.endswith("\nSilences: 0\n\nAlerts: 0 calls, 0 of them between 22 and 6 o'clock of the site\n")


def test_of_many_silences_the_first_ones_are_listed() -> None:
    night = Night()
    for number in range(MAX_SILENCES + 3):
        night.say(number * 1200)
    text = as_text(night.rehearsed(0, CONFIG), MIDNIGHT, MIDNIGHT)
    assert text.count("told at") == MAX_SILENCES
    assert "… and 2 more\n" in text
