"""How the service finds out that it was down."""

from __future__ import annotations

import pytest

from tests.support.clocks import Clocks
from userstatus.duty.heartbeat import Heartbeat
from userstatus.store.database import Database
from userstatus.store.heartbeat import HeartbeatRow


@pytest.fixture
def row(sqlite_database: Database) -> HeartbeatRow:
    return HeartbeatRow(sqlite_database)


def test_there_is_no_pause_before_the_first_heartbeat_of_all(row: HeartbeatRow) -> None:
    heart = Heartbeat(row, Clocks().clock)
    assert (heart.is_due, heart.pause()) == (True, None)
    heart.beat()
    assert (heart.is_due, heart.pause()) == (False, None)


def test_a_process_that_starts_sees_for_how_long_none_was_up(row: HeartbeatRow) -> None:
    clocks = Clocks()
    Heartbeat(row, clocks.clock).beat()
    began = clocks.wall()
    clocks.passed += 60
    assert Heartbeat(row, clocks.clock).pause() is None
    clocks.passed += 1
    assert Heartbeat(row, clocks.clock).pause() == (began, began + 61)


def test_a_process_that_was_suspended_sees_it_unless_another_one_was_up(row: HeartbeatRow) -> None:
    clocks = Clocks()
    mine, other = Heartbeat(row, clocks.clock), Heartbeat(row, clocks.clock)
    mine.beat()
    clocks.passed += 600
    assert (mine.is_due, mine.pause()) == (True, (clocks.wall() - 600, clocks.wall()))
    other.beat()
    clocks.passed += 10
    assert mine.pause() is None


def test_the_time_from_when_nobody_cares_until_the_next_beat_is_no_pause(row: HeartbeatRow) -> None:
    clocks = Clocks()
    heart = Heartbeat(row, clocks.clock)
    heart.beat()
    heart.stop()
    assert row.read() is None
    clocks.passed += 600
    assert (heart.is_due, heart.pause()) == (True, None)
    heart.beat()
    heart.stop()
    assert row.read() is None, "it can stop again"


def test_a_clock_that_is_set_is_no_pause(row: HeartbeatRow) -> None:
    clocks = Clocks()
    heart = Heartbeat(row, clocks.clock)
    heart.beat()
    for clocks.off in (86_400, -86_400):
        clocks.passed += 9
        assert (heart.is_due, heart.pause()) == (False, None)
        clocks.passed += 1
        assert (heart.is_due, heart.pause()) == (True, None)
        heart.beat()
    clocks.off = 86_400
    clocks.passed += 100
    pause = heart.pause()
    assert pause is not None
    assert pause.until - pause.since == 100
