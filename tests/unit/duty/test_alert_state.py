"""The state of one alert: when it calls."""

from __future__ import annotations

import math

from tests.support.notices import NIGHT, Night
from userstatus.duty.alert_state import FIRST_PAUSE_S, GATHER_S, AlertState
from userstatus.duty.config import Alert
from userstatus.duty.lines import Line


def test_what_comes_together_makes_one_call_and_the_next_one_waits() -> None:
    night, state = Night(), AlertState(Alert(("json://a",), "error"))
    assert state.next_due == math.inf
    for number in range(5):
        state.hear(f"key {number}", Line.of(night.says(number / 10, f"text {number}")))
    assert state.take_due(NIGHT + GATHER_S - 0.1) is None
    lines = state.take_due(NIGHT + GATHER_S)
    assert lines is not None
    assert len(lines) == 5
    state.hear("another", Line.of(night.says(3, "another")))
    assert state.take_due(NIGHT + GATHER_S + FIRST_PAUSE_S - 0.1) is None
    assert state.take_due(NIGHT + GATHER_S + FIRST_PAUSE_S) is not None


def test_an_alert_that_may_repeat_soon_never_waits_longer_than_that() -> None:
    night, state = Night(), AlertState(Alert(("json://a",), "error", again_after=1))
    state.hear("a", Line.of(night.says(0, "a")))
    state.take_due(NIGHT + GATHER_S)
    state.hear("b", Line.of(night.says(GATHER_S, "b")))
    assert state.take_due(NIGHT + 2 * GATHER_S) is not None
