"""The clock that silence is measured by."""

from __future__ import annotations

import time

import pytest

from userstatus.duty.clock import Clock, steady


def test_it_starts_with_the_wall_clock_and_does_not_follow_when_that_is_set() -> None:
    wall, passed = [1_000_000.0], [50.0]
    clock = Clock(lambda: wall[0], lambda: passed[0])
    assert clock.now() == 1_000_000
    wall[0], passed[0] = 5_000_000, 60
    assert clock.now() == 1_000_010
    assert clock.when(4_999_940) == 1_000_010 - 60
    assert clock.when(6_000_000) == 1_000_010, "nothing is received in the future"
    assert clock.dated(clock.when(4_999_940)) == 4_999_940


def test_it_runs_as_real_clocks_do() -> None:
    before = steady()
    assert Clock().now() == pytest.approx(time.time(), abs=60)
    assert steady() >= before
