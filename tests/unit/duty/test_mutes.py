"""Mutes: their notices, and what is said of what was muted."""

from __future__ import annotations

from tests.support.notices import NIGHT, Night
from userstatus.duty.mutes import MAX_MUTED, Mutes, in_words, mute, unmute
from userstatus.notice import MUTE, UUID_PREFIX, Notice


def test_a_mute_says_how_long_up_to_which_level_and_why() -> None:
    found = mute("tst", 7200, "error", "mirror is washed", NIGHT)
    assert found.message == "Muted for 2 hours, until 2025-11-25 01:00 UTC, error and less: mirror is washed"
    assert found.notice == Notice(MUTE, NIGHT, NIGHT + 7200, "error", "mirror is washed")
    assert found.uuid != mute("tst", 7200, "error", "mirror is washed", NIGHT).uuid
    assert all(str(each.uuid).startswith(UUID_PREFIX) for each in (found, unmute("tst", NIGHT)))


def test_what_was_muted_is_told_with_the_worst_first() -> None:
    counts = {"silence": 1, "error": 1200, "critical": 1, "warning": 1, "info": 3}
    assert in_words(counts) == "1 critical, 1,200 errors, 1 warning, 3 info, 1 silence"


def test_a_second_mute_replaces_the_first_and_of_too_many_the_oldest_ends() -> None:
    night, mutes = Night(), Mutes()
    for number in range(MAX_MUTED + 1):
        mutes.begin(night.says(0, "x", site=f"s{number}"), Notice(MUTE, until=NIGHT + 60.0, level="warning"))
    mutes.begin(night.says(1, "x", site="s5"), Notice(MUTE, until=NIGHT + 90.0, level="error"))
    assert mutes.of("s0") is None
    assert len(Mutes(mutes.as_json()).over(NIGHT + 60)) == MAX_MUTED - 1
    assert mutes.over(NIGHT + 90)[-1] == "s5"
