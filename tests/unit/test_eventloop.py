"""The event loop's own means: turns, and who has to wait for them."""

from __future__ import annotations

import pytest

from userstatus import eventloop
from userstatus.errors import Busy


def test_who_does_not_get_its_turn_is_told_when_to_try_again() -> None:
    turns = eventloop.Slots(1)
    with turns.taken(1), pytest.raises(Busy) as busy, turns.taken(0.01):
        pass
    assert (busy.value.status, busy.value.retry_after) == (503, 5)
    assert busy.value.error == "too many others are reading long answers: try again"
    with turns.taken(0.01):
        pass
