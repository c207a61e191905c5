"""When the service was last up, as kept in the database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support.databases import at
from userstatus import eventloop
from userstatus.store.database import Database
from userstatus.store.heartbeat import Beat, HeartbeatRow
from userstatus.store.tables import duty

BEAT = Beat(1_700_000_000, {"mrc1": 1_699_999_999.5})


def test_the_last_time_is_kept(database: Database) -> None:
    row = HeartbeatRow(database)
    assert row.read() is None
    for beat in (BEAT, Beat(1_700_000_010, {})):
        row.renew(beat)
        assert row.read() == beat


def test_processes_that_begin_at_the_same_moment_do_not_disturb_each_other(
    database: Database, database_url: str
) -> None:
    other = at(database_url)
    together = [eventloop.spawn(HeartbeatRow(each).renew, BEAT) for each in (database, other)]
    for each in together:
        each.wait()
    other.close()
    assert HeartbeatRow(database).read() == BEAT


@pytest.mark.parametrize(
    "content", ['{"at": 17', "[1]", "5", "{}", '{"at": "x"}', '{"at": Infinity}', '{"at": 1, "awaited": 2}']
)
def test_one_that_is_damaged_is_told_in_one_line_and_is_as_if_there_were_none(
    sqlite_database: Database, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    row = HeartbeatRow(sqlite_database)
    row.renew(BEAT)
    with sqlite_database.write() as connection:
        connection.execute(sa.update(duty).values(content=content))
    assert row.read() is None
    assert [each.message.partition(":")[0] for each in caplog.records] == [
        "the row heartbeat of the table duty is damaged, and ignored"
    ]
    row.renew(BEAT)
    assert row.read() == BEAT
