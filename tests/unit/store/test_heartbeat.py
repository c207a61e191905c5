"""When the service was last up, as kept in the database."""

from __future__ import annotations

from tests.support.databases import at
from userstatus import eventloop
from userstatus.store.database import Database
from userstatus.store.heartbeat import HeartbeatRow


def test_the_last_time_is_kept(database: Database) -> None:
    row = HeartbeatRow(database)
    assert row.read() is None
    for time in (1_700_000_000, 1_700_000_010):
        row.renew(time)
        assert row.read() == time


def test_processes_that_begin_at_the_same_moment_do_not_disturb_each_other(
    database: Database, database_url: str
) -> None:
    other = at(database_url)
    together = [eventloop.spawn(HeartbeatRow(each).renew, 1_700_000_000) for each in (database, other)]
    for each in together:
        each.wait()
    other.close()
    assert HeartbeatRow(database).read() == 1_700_000_000
