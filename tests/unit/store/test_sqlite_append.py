"""What an append to SQLite stores, on the driver's connection, and that it is all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import at
from tests.support.messages import message
from userstatus.message import Cursor, NewMessage
from userstatus.notice import Notice
from userstatus.store import sqlite_append
from userstatus.store.sqlite_append import append, transaction


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    database = at(f"sqlite:///{tmp_path}/x.db")
    database.prepare()
    database.close()
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as found:
        yield found


def stored(driver: sqlite3.Connection, columns: str = "id, message") -> list[tuple[object, ...]]:
    return driver.execute(f"SELECT {columns} FROM messages ORDER BY id").fetchall()  # noqa: S608


def appended(driver: sqlite3.Connection, *messages: NewMessage, now: float = 100.0) -> list[int]:
    driver.execute("BEGIN IMMEDIATE")
    with transaction(driver):
        return append(driver, messages, now, later=0.5).ids


def test_every_field_is_stored(driver: sqlite3.Connection) -> None:
    notice = Notice("silence", since=1.0)
    given = message(uuid="u", next_within=60, original_level="info", notice=notice)
    assert appended(driver, given) == [1]
    columns = ", ".join(NewMessage._fields)
    assert stored(driver, columns) == [(*given._replace(notice=None)[:-1], notice.as_text())]


def test_what_is_new_follows_the_last_message_in_id_and_in_time(driver: sqlite3.Connection) -> None:
    appended(driver, message("a"))
    driver.execute("BEGIN IMMEDIATE")
    with transaction(driver):
        done = append(driver, [message("b"), message("c")], 90.0, later=0.5)
    assert (done.ids, done.before) == ([2, 3], Cursor.of(1, 100.0))
    assert [(each.message, each.received_at) for each in done.new] == [("b", 100.5), ("c", 100.5)]


def test_a_uuid_that_its_site_has_sent_before_takes_no_id(driver: sqlite3.Connection) -> None:
    appended(driver, message("a", uuid="1"))
    again = [message("a", uuid="1"), message("b", uuid="2"), message("b", uuid="2"), message("c")]
    assert appended(driver, *again) == [1, 2, 2, 3]
    assert appended(driver, message("a", uuid="1")) == [1]
    assert appended(driver, message("other", site="other", uuid="1")) == [4]
    assert stored(driver) == [(1, "a"), (2, "b"), (3, "c"), (4, "other")]


def test_whoever_sends_a_uuid_is_found_by_index(driver: sqlite3.Connection) -> None:
    plan = driver.execute(f"EXPLAIN QUERY PLAN {sqlite_append.SAME_UUID}", {"site": "a", "uuid": "b"})
    assert "ix_messages_site_uuid" in plan.fetchall()[0][3]


def test_the_error_of_a_commit_is_told_even_if_it_cannot_be_rolled_back() -> None:
    class Broken:
        in_transaction = True

        def execute(self, statement: str) -> None:
            raise sqlite3.OperationalError(statement)

    with pytest.raises(sa.exc.OperationalError, match="COMMIT"), transaction(Broken()):  # type: ignore[arg-type]
        pass


def test_of_an_append_that_fails_nothing_is_left(driver: sqlite3.Connection) -> None:
    driver.execute("BEGIN IMMEDIATE")
    with pytest.raises(sa.exc.DBAPIError, match="append"), transaction(driver):
        append(driver, [message("a"), message(None)], 100.0, 0.5)  # type: ignore[arg-type]
    assert (stored(driver), driver.in_transaction) == ([], False)
    assert appended(driver, message("next")) == [1]
