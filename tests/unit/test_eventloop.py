"""What the event loop offers: slots, time slices and deadlines."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from userstatus import eventloop
from userstatus.errors import Busy


def test_a_client_that_gets_no_slot_is_told_when_to_try_again() -> None:
    slots = eventloop.Slots(1)
    with slots.taken(1), pytest.raises(Busy) as busy, slots.taken(0.01):
        pass
    assert (busy.value.status, busy.value.retry_after) == (503, 5)
    assert busy.value.error == "too many others are reading long answers: try again"
    with slots.taken(0.01):
        pass


def test_a_slot_is_given_back_whatever_happens() -> None:
    slots = eventloop.Slots(2)
    with pytest.raises(RuntimeError), slots.taken(0.01), slots.taken(0.01):
        raise RuntimeError
    with slots.taken(0.01), slots.taken(0.01), pytest.raises(Busy), slots.taken(0.01):
        pass


def test_other_greenlets_run_while_a_long_piece_of_work_is_done() -> None:
    done: list[str] = []
    other = eventloop.spawn(done.append, "other")
    pieces = [piece for some in eventloop.in_slices(slow(done)) for piece in some]
    other.wait()
    assert pieces == [0, 1, 2]
    assert done.index("other") < done.index("2"), "not after all of it"


def slow(done: list[str]) -> Iterator[int]:
    for number in range(3):
        done.append(str(number))
        time.sleep(eventloop.SLICE_S)
        yield number


def test_work_that_fits_into_a_time_slice_is_done_in_one_piece() -> None:
    assert list(eventloop.in_slices("abc")) == [["a", "b", "c"]]
    assert list(eventloop.in_slices("")) == []


def test_a_deadline_cancels_what_waits_and_nothing_else() -> None:
    with eventloop.deadline(10):
        pass
    with pytest.raises(TimeoutError, match="no answer within"), eventloop.deadline(0.01):
        eventloop.Event().wait()
    with pytest.raises(KeyError), eventloop.deadline(10):
        raise KeyError
