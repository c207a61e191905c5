"""Limits on posting: what is over them is refused whole, with the limit in words and when to try again."""

from __future__ import annotations

import pytest

from userstatus.errors import Rejection
from userstatus.settings import Limit
from userstatus.web.limits import Limits


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_address_that_has_posted_enough_is_told_so_before_it_is_read() -> None:
    limits = Limits(Limit(2, 60), None, Clock())
    limits.take("192.0.2.1", ["a", "b"])
    with pytest.raises(Rejection) as rejected:
        limits.check_address("192.0.2.1")
    assert rejected.value.error == "at most 2 messages a minute are taken of one address: send again in 60 s"
    assert (rejected.value.status, rejected.value.retry_after) == (429, 60)
    limits.check_address("192.0.2.2")


def test_what_is_refused_is_not_counted_so_that_nobody_starves_by_trying() -> None:
    limits = Limits(Limit(10, 60), Limit(3, 60), Clock())
    limits.take("1", ["a", "a"])
    for _ in range(20):
        with pytest.raises(Rejection, match="3 messages a minute are taken of the site a"):
            limits.take("1", ["b", "a", "a"])
    limits.take("1", ["a", "b"])


def test_what_could_not_be_stored_is_given_back() -> None:
    limits = Limits(Limit(2, 60), Limit(2, 60), Clock())
    for _ in range(5):
        limits.take("1", ["a", "b"])
        limits.give_back("1", ["a", "b"])
    limits.give_back("1", ["a"])
    limits.take("1", ["a", "a"])
    with pytest.raises(Rejection):
        limits.take("1", ["a"])


def test_an_array_that_never_fits_is_told_to_be_sent_in_parts() -> None:
    with pytest.raises(Rejection, match="send fewer at a time") as rejected:
        Limits(Limit(5, 1), None, Clock()).take("1", ["a"] * 6)
    assert rejected.value.status == 413


def test_without_limits_nothing_is_counted() -> None:
    limits = Limits(None, None, Clock())
    for _ in range(10):
        limits.take("1", ["a"] * 1000)
    limits.check_address("1")
