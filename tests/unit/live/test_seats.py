"""Seats are limited, by address and in all, and every one that is given back can be taken again."""

from __future__ import annotations

import pytest

from userstatus.errors import Rejection
from userstatus.live.seats import Seats


def test_viewers_of_one_address_have_so_many_seats_and_others_theirs() -> None:
    seats = Seats(2, 10)
    for viewer in "ab":
        seats.check("1")
        seats.take(viewer, "1")
    with pytest.raises(Rejection, match="2 viewers of one address already") as rejected:
        seats.check("1")
    assert (rejected.value.status, rejected.value.retry_after) == (503, 30)
    seats.check("2")


def test_the_addresses_of_one_ipv6_network_share_their_seats() -> None:
    seats = Seats(1, None)
    seats.take("a", "2001:db8::1")
    with pytest.raises(Rejection):
        seats.check("2001:db8::2")
    seats.check("2001:db8:0:1::1")
    seats.give_back("a")
    seats.check("2001:db8::2")


def test_in_all_there_are_so_many_seats_wherever_viewers_come_from() -> None:
    seats = Seats(None, 2)
    seats.take("a", "1")
    seats.take("b", "2")
    with pytest.raises(Rejection, match="2 viewers already"):
        seats.check("3")
    seats.give_back("a")
    seats.check("3")


def test_a_seat_is_given_back_once() -> None:
    seats = Seats(1, 1)
    seats.take("a", "1")
    seats.give_back("a")
    seats.give_back("a")
    assert seats.taken == 0
    seats.check("1")


def test_without_limits_there_are_as_many_as_are_wanted() -> None:
    seats = Seats(None, None)
    for number in range(100):
        seats.take(str(number), "1")
    seats.check("1")
