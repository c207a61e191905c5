"""The newest messages in memory: they follow each other without a hole, or the tail begins anew."""

from __future__ import annotations

import pytest

from tests.support.messages import stored
from userstatus.message import Cursor
from userstatus.store.tail import Tail


@pytest.fixture
def tail() -> Tail:
    """A tail of the messages 5, 6 and 7."""
    found = Tail()
    found.read([stored(id) for id in (5, 6, 7)])
    return found


def ids(tail: Tail) -> list[int]:
    return [message.id for message in tail.messages]


def test_what_is_appended_right_after_the_last_one_is_kept(tail: Tail) -> None:
    tail.appended([stored(8)], stored(7).cursor)
    assert ids(tail) == [5, 6, 7, 8]


@pytest.mark.parametrize("before", [stored(8).cursor, Cursor.of(7, 1.0)], ids=["a hole", "another log"])
def test_what_does_not_follow_the_last_one_is_left_to_be_read(tail: Tail, before: Cursor) -> None:
    tail.appended([stored(before.id + 1)], before)
    assert ids(tail) == [5, 6, 7]


def test_what_is_read_again_is_kept_once(tail: Tail) -> None:
    tail.read([stored(id) for id in (6, 7, 8)])
    assert ids(tail) == [5, 6, 7, 8]
    tail.read([stored(5)])
    assert ids(tail) == [5, 6, 7, 8]


def test_a_tail_begins_anew_behind_a_hole_and_in_another_log(tail: Tail) -> None:
    tail.read([stored(10), stored(11)])
    assert ids(tail) == [10, 11]
    tail.read([stored(11, received_at=1.0), stored(12)])
    assert ids(tail) == [11, 12]


def test_who_is_nearly_level_has_all_it_missed_here_and_nobody_else(tail: Tail) -> None:
    assert [[message.id for message in tail.after(id) or ()] for id in (4, 6)] == [[5, 6, 7], [7]]
    assert [tail.after(id) for id in (3, 7, 8)] == [None, None, None]
    assert Tail().after(0) is None


def test_a_message_is_found_by_its_id_or_as_the_last_one_before(tail: Tail) -> None:
    assert [tail.get(id) for id in (4, 6, 8)] == [None, stored(6), None]
    assert [tail.at_most(id) for id in (4, 6, 99)] == [None, stored(6), stored(7)]


def test_no_more_than_twice_the_least_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("userstatus.store.tail.MIN_KEPT", 2)
    tail = Tail()
    for id in range(1, 6):
        tail.read([stored(id)])
    assert ids(tail) == [4, 5]
