"""Clocks that are wrong and get corrected: nothing is deleted because of them, and nothing stops."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.support.clocks import Clocks
from tests.support.databases import open_journal, rows
from tests.support.messages import age, message
from tests.support.service import Service, running, wait_until
from userstatus.message import Cursor
from userstatus.store.database import Database
from userstatus.store.expiry import Expiry
from userstatus.store.retention import DOUBT_S, Retention

HOUR, DAY_S = 3600, 86_400


def retention(database: Database, clocks: Clocks, ttl: float = 7 * DAY_S) -> Retention:
    return Retention(database, Expiry(ttl, clocks.wall), 600, clocks.monotonic)


def texts(database: Database) -> list[str]:
    journal = open_journal(database, ttl=3650 * DAY_S)
    return [found.message for found in journal.reader.after(Cursor(0), 100)]


def stored(database: Database, *texts: str) -> None:
    open_journal(database, ttl=7 * DAY_S).append([message(text) for text in texts])


def test_a_clock_that_jumps_ahead_right_after_it_was_checked_deletes_nothing(
    sqlite_database: Database,
) -> None:
    stored(sqlite_database, "one")
    began = time.time()
    readings = iter([began, began])  # when retention starts, and when it runs
    clock = Expiry(7 * DAY_S, lambda: next(readings, began + 8 * DAY_S))
    Retention(sqlite_database, clock, 600, lambda: 0.0).run()
    assert texts(sqlite_database) == ["one"]


def test_a_clock_that_jumps_ahead_deletes_nothing_for_a_day(database: Database) -> None:
    clocks = Clocks()
    stored(database, "old", "new")
    age(database, 0.9 * DAY_S, message="old")
    purge = retention(database, clocks)
    purge.run()
    clocks.off = 8 * DAY_S
    for clocks.passed in (600, DOUBT_S):
        purge.run()
        assert texts(database) == ["old", "new"]
    clocks.passed = 600 + DOUBT_S
    purge.run()
    assert texts(database) == [], "it seems to be right after all"


def test_a_clock_that_is_corrected_in_time_costs_nothing(database: Database) -> None:
    clocks = Clocks()
    stored(database, "expires", "new")
    age(database, 0.9 * DAY_S, message="expires")
    purge = retention(database, clocks, ttl=1.2 * DAY_S)
    purge.run()
    clocks.off, clocks.passed = 8 * DAY_S, 600
    purge.run()
    clocks.off, clocks.passed = 0, 13 * HOUR
    purge.run()
    assert texts(database) == ["new"], "and purging goes on at once"


def test_a_clock_that_is_ahead_at_startup_deletes_nothing_for_a_day(database: Database) -> None:
    clocks = Clocks()
    stored(database, "before the restart")
    clocks.off = 8 * DAY_S
    purge = retention(database, clocks)
    purge.run()
    stored(database, "by the clock that is ahead")
    age(database, -8 * DAY_S, message="by the clock that is ahead")
    clocks.passed = DOUBT_S - 1
    purge.run()
    assert texts(database) == ["before the restart", "by the clock that is ahead"]
    clocks.passed = DOUBT_S
    purge.run()
    assert texts(database) == ["by the clock that is ahead"]


def test_a_restart_does_not_make_a_clock_that_is_ahead_trusted(database: Database) -> None:
    clocks = Clocks()
    stored(database, "before")
    clocks.off = 8 * DAY_S
    retention(database, clocks).run()
    stored(database, "by the clock that is ahead")
    age(database, -8 * DAY_S, message="by the clock that is ahead")
    retention(database, clocks).run()
    assert texts(database) == ["before", "by the clock that is ahead"]


def test_a_silence_that_ended_more_than_a_day_ago_is_forgotten(database: Database) -> None:
    stored(database, "expired", "after the silence", "of now")
    age(database, 9 * DAY_S, message="expired")
    age(database, 1.1 * DAY_S, message="after the silence")
    retention(database, Clocks()).run()
    assert texts(database) == ["expired", "after the silence", "of now"], "this silence has just ended"
    stored(database, "in between")
    age(database, 0.5 * DAY_S, message="in between")
    retention(database, Clocks()).run()
    assert texts(database) == ["after the silence", "of now", "in between"]


def test_a_log_that_was_never_silent_for_long_is_purged_at_startup(database: Database) -> None:
    days = range(9)
    stored(database, *(f"{day} days ago" for day in days))
    for day in days:
        age(database, day * 0.99 * DAY_S, message=f"{day} days ago")
    retention(database, Clocks()).run()
    assert len(texts(database)) == 8, "of the ninth, nothing is left"


@contextmanager
def with_a_clock(folder: Path) -> Iterator[tuple[Service, Path]]:
    """A service that purges every second, and the file that sets its clock."""
    clock = folder / "clock"
    clock.write_text("0")
    with running(
        f"sqlite:///{folder}/x.db",
        folder,
        *(sys.executable, "-m", "tests.support.clock"),
        CLOCK=str(clock),
        PURGE_INTERVAL="1s",
    ) as service:
        yield service, clock


def test_a_server_whose_clock_jumps_eight_days_ahead_logs_it_and_keeps_everything(tmp_path: Path) -> None:
    with with_a_clock(tmp_path) as (service, clock):
        service.post(site="tst", log_message="kept")
        clock.write_text(str(8 * DAY_S))
        log = service.log.read_text
        wait_until(lambda: "nothing is deleted for 24 hours" in log() or "purged 1" in log(), "it notices")
        assert service.recent(site="tst") == []
        clock.write_text("0")
        assert [found["message"] for found in service.recent(site="tst")] == ["kept"]
        wait_until(lambda: "is deleted again" in log(), "it goes on")


def test_a_server_whose_clock_is_set_back_by_a_week_keeps_purging(tmp_path: Path) -> None:
    with with_a_clock(tmp_path) as (service, clock):
        service.post(site="tst", log_message="old")
        clock.write_text(str(-7 * DAY_S))
        with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as connection:
            connection.execute("UPDATE messages SET received_at = 1")
        wait_until(lambda: rows(f"sqlite:///{tmp_path}/x.db") == 0, "it is deleted", 20)
