"""Messages counted by level, by the minute and by the quarter of an hour."""

from __future__ import annotations

import pytest

from userstatus.live import counts
from userstatus.live.counts import ONE, Minutes, Quarters, by_level
from userstatus.store.overview import QUARTER_S


def test_the_counts_of_all_levels_fit_into_one_number() -> None:
    packed = 70_000 * ONE["debug"] + 2 * ONE["warning"] + ONE["critical"]
    assert by_level(packed) == {"debug": 70_000, "info": 0, "warning": 2, "error": 0, "critical": 1}


def test_minutes_that_are_over_are_taken_off_the_sum() -> None:
    minutes = Minutes()
    for minute in (1, 1, 2):
        minutes.add(minute, ONE["info"])
    assert by_level(minutes.counts)["info"] == 3
    minutes.forget(since=119)
    assert by_level(minutes.counts)["info"] == 3
    minutes.forget(since=120)
    assert (by_level(minutes.counts)["info"], list(minutes.by_minute)) == (1, [2])


def quarters(*added: tuple[str, int]) -> Quarters:
    found = Quarters()
    for site, quarter in added:
        found.add(site, quarter, 1)
    return found


def test_quarters_are_summed_for_the_sites_asked_for() -> None:
    found = quarters(("a", 1), ("b", 1), ("a", 2), ("a", 2), ("c", 3))
    assert found.sums(["*"]) == {1: 2, 2: 2, 3: 1}
    assert found.sums(["a", "b"]) == {1: 2, 2: 2, 3: 0}


def test_quarters_that_are_over_go_from_the_sums_of_sites_and_of_all() -> None:
    found = quarters(("a", 1), ("b", 1), ("a", 2))
    found.forget(since=2 * QUARTER_S)
    assert (found.sums(["*"]), found.sums(["a"]), found._kept) == ({2: 1}, {2: 1}, 1)


def test_of_more_sites_and_quarters_than_there_is_room_for_the_oldest_go_but_the_sum_of_all_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counts, "MAX_KEPT", 3)
    found = quarters(("a", 1), ("b", 1), ("a", 2), ("a", 2), ("a", 3))
    assert found.sums(["a"]) == {2: 2, 3: 1}
    assert found.sums(["*"]) == {1: 2, 2: 2, 3: 1}
    found = quarters(*((str(number), 1) for number in range(100)))
    assert found._kept <= 3, "even if one quarter alone has more"
