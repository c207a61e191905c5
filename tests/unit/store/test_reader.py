"""How the log is read: from memory or from disk, in order, and nothing that has expired."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.support.databases import open_journal, open_reader
from tests.support.messages import message, stored
from userstatus.errors import Busy, Unavailable
from userstatus.message import Cursor
from userstatus.store import reader as module
from userstatus.store.database import MAX_LONG_READS, Database
from userstatus.store.reader import Query, Reader, chronological


@pytest.fixture
def reader(sqlite_database: Database) -> Reader:
    """Of five messages, none of which it keeps in memory."""
    open_journal(sqlite_database, ttl=3600).append([message(str(number)) for number in range(5)])
    return open_reader(sqlite_database, ttl=3600)


def test_messages_are_sorted_by_their_own_time_and_then_by_id() -> None:
    messages = [stored(1, timestamp=5), stored(2, timestamp=4), stored(3, timestamp=4)]
    assert [each.id for each in sorted(messages, key=chronological)] == [2, 3, 1]


def test_once_open_it_has_the_newest_messages_in_memory(reader: Reader) -> None:
    assert reader.tail.messages == []
    end = reader.open()
    assert end.id == 5
    assert [each.message for each in reader.tail.messages] == ["0", "1", "2", "3", "4"]
    assert reader.tail.messages[-1].cursor == end


def test_messages_after_a_cursor_come_from_memory_or_from_disk_alike(reader: Reader) -> None:
    from_disk = reader.after(Cursor(2), 2)
    reader.open()
    assert [each.id for each in from_disk] == [3, 4]
    assert reader.after(from_disk[0].cursor, 10)[0] == from_disk[1]


def test_it_knows_what_it_has_in_memory_and_when_it_last_had_to_ask_the_database(reader: Reader) -> None:
    first = reader.after(Cursor(0), 1)[0].cursor
    asked_at = reader.read_at
    assert asked_at > 0
    reader.open()
    found = [reader.has_in_memory(cursor) for cursor in (first, Cursor(first.id, 1), reader.read_end())]
    assert found == [True, False, False], "also not what is of another log"
    reader.after(first, 10)
    assert reader.read_at == asked_at


def test_what_could_not_be_read_for_a_client_is_counted_and_not_what_others_count(reader: Reader) -> None:
    with reader.database.write() as connection:
        for table in ("messages", "head"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO hidden_{table}")
    query = Query(["tst"], None, 0, None, set(), 10)
    reads: list[Callable[[], object]] = [
        reader.end,
        lambda: reader.recent(query),
        lambda: reader.locate(Cursor(1)),
        lambda: reader.backlog(["tst"], 0, 5, 10),
        lambda: reader.gap(["tst"], 1),
    ]
    for number, read in enumerate(reads, 1):
        with pytest.raises(Unavailable):
            read()
        assert reader.errors == number, "once, however many statements it takes"
    for counted_elsewhere in (reader.read_end, reader.open, lambda: reader.after(Cursor(2), 2)):
        with pytest.raises(Unavailable):
            counted_elsewhere()
    assert reader.errors == len(reads)


def test_waiting_in_vain_for_others_to_read_is_no_failure_of_the_database(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RESPONSE_READ_S", 0)
    with ExitStack() as others:
        for _ in range(MAX_LONG_READS):
            others.enter_context(reader.database._reads.taken(1))
        with pytest.raises(Busy):
            reader.recent(Query(["tst"], None, 0, None, set(), 10))
    assert reader.errors == 0


def test_what_has_expired_is_not_read(sqlite_database: Database) -> None:
    open_journal(sqlite_database, ttl=3600).append([message()])
    assert list(open_reader(sqlite_database, ttl=-60).after(Cursor(0), 10)) == []
