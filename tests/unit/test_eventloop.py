"""The event loop's own means: turns, and who has to wait for them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from userstatus import green
from userstatus.errors import Busy, StartError


def test_who_does_not_get_its_turn_is_told_when_to_try_again() -> None:
    turns = green.Turns(1)
    with turns.taken(1), pytest.raises(Busy) as busy, turns.taken(0.01):
        pass
    assert (busy.value.status, busy.value.retry_after) == (503, 5)
    assert busy.value.error == "too many others are reading long answers: try again"
    with turns.taken(0.01):
        pass


def test_of_those_who_may_do_something_at_a_time_each_gives_its_place_back() -> None:
    turns = green.Turns(2)
    with pytest.raises(RuntimeError), turns.taken(0.01), turns.taken(0.01):
        raise RuntimeError
    with turns.taken(0.01), turns.taken(0.01), pytest.raises(Busy), turns.taken(0.01):
        pass


def test_everybody_else_has_a_turn_while_a_long_piece_of_work_is_done() -> None:
    done: list[str] = []
    other = green.spawn(done.append, "other")
    pieces = [piece for some in green.in_turns(slow(done)) for piece in some]
    other.wait()
    assert pieces == [0, 1, 2]
    assert done.index("other") < done.index("2"), "not after all of it"


def slow(done: list[str]) -> Iterator[int]:
    for number in range(3):
        done.append(str(number))
        time.sleep(green.TURN)
        yield number


def test_work_without_an_end_of_time_is_done_in_one_piece() -> None:
    assert list(green.in_turns("abc")) == [["a", "b", "c"]]
    assert list(green.in_turns("")) == []


def test_a_deadline_breaks_off_what_waits_and_nothing_else() -> None:
    with green.deadline(10):
        pass
    with pytest.raises(TimeoutError, match="no answer within"), green.deadline(0.01):
        green.Event().wait()
    with pytest.raises(KeyError), green.deadline(10):
        raise KeyError


def test_a_listener_that_cannot_listen_says_where() -> None:
    with pytest.raises(StartError, match=r"cannot listen on HOST 192\.0\.2\.1, PORT 1: "):
        green.listen("192.0.2.1", 1)
