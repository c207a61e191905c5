"""The clock of the alerts, when the wall clock is set."""

from __future__ import annotations

from userstatus.duty.alert_clock import AlertClock


def test_it_goes_on_from_the_newest_message_even_if_the_wall_clock_was_set_back() -> None:
    wall, steady = [1000.0], [5.0]
    clock = AlertClock(lambda: wall[0], lambda: steady[0])
    assert clock.now() == 1000
    clock.heard(5000.0)
    steady[0] += 3
    clock.heard(5000.001)
    assert clock.now() == 5003
    wall[0] = 9000
    assert clock.now() == 9000
