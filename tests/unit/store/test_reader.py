"""How the log is read: from memory or from disk, in order, and nothing that has expired."""

from __future__ import annotations

import pytest

from tests.support.databases import open_journal, open_reader
from tests.support.messages import message, stored
from userstatus.message import Cursor
from userstatus.store.database import Database
from userstatus.store.reader import Reader, chronological


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


def test_what_has_expired_is_not_read(sqlite_database: Database) -> None:
    open_journal(sqlite_database, ttl=3600).append([message()])
    assert list(open_reader(sqlite_database, ttl=-60).after(Cursor(0), 10)) == []
