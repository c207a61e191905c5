"""How the log is read: memory for long answers, and what follows without a hole."""

from __future__ import annotations

import pytest

from tests.support.messages import message, stored
from userstatus import reader as module
from userstatus.cursor import Cursor
from userstatus.database import Database
from userstatus.errors import Busy
from userstatus.journal import Journal
from userstatus.memory import Memory
from userstatus.reader import Reader, chronological


@pytest.fixture
def reader(sqlite_database: Database) -> Reader:
    """Of five messages, none of which it keeps in memory."""
    Journal(sqlite_database, ttl=3600).append([message(str(number)) for number in range(5)])
    return Reader(sqlite_database, ttl=3600)


def test_short_answers_take_none_of_the_memory_and_long_ones_have_to_be_given_back(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0)
    monkeypatch.setattr(module, "SHORT", 1000)
    reader._memory = Memory(25_000)
    assert reader.hold([stored(1)]).size == 0
    share = reader.hold([stored(1, "x" * 10_000)])
    assert share.size == 20_000 + module.BESIDE
    with pytest.raises(Busy):
        reader.hold([stored(2, "x" * 10_000)])
    share.give_back()
    assert reader.hold([stored(2, "x" * 10_000)]).size > 20_000


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


def test_a_message_may_not_be_too_long_ago(sqlite_database: Database) -> None:
    Journal(sqlite_database, ttl=3600).append([message()])
    assert list(Reader(sqlite_database, ttl=-60).after(Cursor(0), 10)) == []
