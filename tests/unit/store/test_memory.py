"""How much memory those who ask for long answers may take together."""

from __future__ import annotations

import pytest

from userstatus import memory
from userstatus.errors import Busy
from userstatus.memory import Memory


def test_memory_that_is_given_back_can_be_taken_again() -> None:
    shared = Memory(100)
    share = shared.take(80, 0)
    with pytest.raises(Busy):
        shared.take(30, 0)
    share.give_back()
    assert shared.take(100, 0).size == 100


def test_who_asks_for_nothing_gets_it_though_nothing_is_left() -> None:
    shared = Memory(100)
    shared.take(100, 0)
    assert shared.take(0, 0).size == 0


def test_a_share_may_shrink_and_grow_whatever_is_left() -> None:
    shared = Memory(100)
    share = shared.take(100, 0)
    share.resize(40)
    assert shared.take(60, 0).size == 60
    share.resize(70)
    with pytest.raises(Busy):
        shared.take(1, 0)


def test_of_many_who_wait_the_next_one_is_sent_away_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MAX_WAITING", 0)
    shared = Memory(0)
    with pytest.raises(Busy):
        shared.take(1, 3600)
