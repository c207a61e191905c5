"""The state of the alerts: saved by the process whose turn it is, and by no other."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.databases import Postgres, at
from tests.support.service import wait_until
from userstatus.errors import Unavailable
from userstatus.store.alerts import AlertsRow
from userstatus.store.database import Database
from userstatus.store.tables import duty


@pytest.fixture
def row(database: Database) -> Iterator[AlertsRow]:
    found = AlertsRow(database)
    assert found.take_turn()
    yield found
    found.give_up()


def test_what_is_saved_is_found_by_whoever_has_the_turn_next(row: AlertsRow) -> None:
    assert row.load() is None
    row.save({"cursor": "1-2"})
    row.save({"cursor": "3-4", "text": "5°"})
    row.check()
    row.give_up()
    next_one = AlertsRow(row.database)
    assert next_one.take_turn()
    assert next_one.load() == {"cursor": "3-4", "text": "5°"}
    next_one.give_up()


def test_what_is_damaged_is_told_in_one_line_and_is_as_if_nothing_had_been_saved(
    row: AlertsRow, caplog: pytest.LogCaptureFixture
) -> None:
    row.save({"cursor": "1-2"})
    with row.database.write() as connection:
        connection.execute(sa.update(duty).values(content='{"cursor": "1-'))
    assert row.load() is None
    assert [each.message.partition(":")[0] for each in caplog.records] == [
        "the row alerts of the table duty is damaged, and ignored"
    ]
    row.save({"cursor": "3-4"})
    assert row.load() == {"cursor": "3-4"}


def test_of_two_processes_on_postgres_one_has_the_turn_until_its_connection_ends(postgres: Postgres) -> None:
    url = postgres.ready()
    mine, other = AlertsRow(at(url)), AlertsRow(at(url))
    assert mine.take_turn()
    assert not other.take_turn()
    mine.save({"cursor": "1-2"})
    with psycopg.connect(url, autocommit=True) as connection:  # as if the process had been killed
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
    wait_until(other.take_turn, "it is free")
    assert other.load() == {"cursor": "1-2"}
    for lost in (mine.check, lambda: mine.save({"cursor": "0-1"})):
        with pytest.raises(Unavailable):
            lost()
    mine.give_up()
    assert other.load() == {"cursor": "1-2"}
    other.give_up()
    for each in (mine, other):
        each.database.close()
