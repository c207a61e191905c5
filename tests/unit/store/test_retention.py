"""Whether a clock is believed, and what has expired by it."""

from __future__ import annotations

from userstatus.store.retention import Trust

HOUR, DAY_S = 3600, 86_400


def test_a_clock_that_runs_as_it_should_is_believed_from_the_start_and_for_ever() -> None:
    now = 1_800_000_000
    for newest in (None, now, now - DAY_S + 1, now + 8 * DAY_S):
        trust = Trust(now, 0, newest)
        assert all(trust.is_trusted(now + passed * 1.01, passed) for passed in range(0, 100 * DAY_S, HOUR))


def test_a_clock_that_is_set_back_is_believed_and_not_when_it_jumps_ahead_again() -> None:
    trust = Trust(8 * DAY_S, 0, None)
    assert trust.is_trusted(1, 1)
    assert not trust.is_trusted(8 * DAY_S, 2)
    assert trust.is_trusted(3, 3)
