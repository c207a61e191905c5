"""From when on a message is no longer served."""

from __future__ import annotations

import pytest

from tests.support.messages import stored
from userstatus.store.expiry import DAY_S, Expiry

NOW = 1e9 + 10


def test_a_message_expires_so_long_after_its_receipt() -> None:
    expiry = Expiry(5, lambda: NOW)
    assert expiry.threshold() == 1e9 + 5
    assert [each.id for each in expiry.unexpired([stored(4), stored(5), stored(6)])] == [6]


@pytest.mark.parametrize(("ttl", "since"), [(7 * DAY_S, NOW - DAY_S), (60, NOW - 60)])
def test_the_last_day_is_shorter_where_messages_expire_earlier(ttl: float, since: float) -> None:
    assert Expiry(ttl, lambda: NOW).within_a_day() == since


def test_time_goes_on() -> None:
    times = iter([1.0, 2.0])
    expiry = Expiry(0, lambda: next(times))
    assert [expiry.threshold(), expiry.threshold()] == [1.0, 2.0]
