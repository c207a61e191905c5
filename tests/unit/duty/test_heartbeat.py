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


def test_a_process_beats_often_at_first_as_it_may_not_be_up_for_long(row: HeartbeatRow) -> None:
    clocks = Clocks()
    heart = Heartbeat(row, clocks.clock)
    due = []
    for _ in range(90):
        clocks.passed += 1
        due.append(heart.is_due)
        if heart.is_due:
            heart.beat()
    assert (all(due[:59]), sum(due[60:])) == (True, 3)


def test_since_when_a_site_is_waited_for_outlives_the_process_and_a_clock_that_is_set(
    row: HeartbeatRow,
) -> None:
    clocks = Clocks()
    assert Heartbeat(row, clocks.clock).awaited() == {}
    clocks.off = -3600
    Heartbeat(row, clocks.clock).beat({"mrc1": clocks.clock.now() - 20})
    clocks.passed += 10
    assert Heartbeat(row, clocks.clock).awaited() == {"mrc1": clocks.clock.now() - 30}


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
    clocks.passed += 60
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
