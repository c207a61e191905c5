"""What a client may ask for in a query, and how odd parameters are rejected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.messages import stored
from userstatus.errors import Rejection
from userstatus.web import parameters
from userstatus.web.parameters import MAX_WAIT_S, read_query

NOW = 1_700_000_000.75


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "site"),
        ({"site": ""}, "site"),
        ({"site": " , "}, "site"),
        ({"site": "a b"}, "site"),
        ({"site": "tst", "after_time": ""}, "after_time"),
        ({"site": "tst", "after_time": "yesterday"}, "after_time"),
        ({"site": "tst", "after_time": "nan"}, "after_time"),
        ({"site": "tst", "after_time": "-inf"}, "after_time"),
        ({"site": "tst", "after_time": "1e300"}, "after_time"),
        ({"site": "tst", "after_id": "-1"}, "after_id"),
        ({"site": "tst", "after_id": "9" * 30}, "after_id"),
        ({"site": "tst", "received_after": "today"}, "received_after"),
        ({"site": "tst", "received_before": ""}, "received_before"),
        ({"site": "tst", "order": "newest"}, "order"),
        ({"site": "tst", "log_level": "loud"}, "log_level"),
        ({"site": "tst", "limit": "0"}, "limit"),
        ({"site": "tst", "limit": "many"}, "limit"),
    ],
)
def test_an_odd_parameter_is_rejected_by_name(asked: dict[str, str], field: str) -> None:
    with pytest.raises(Rejection, match=": send ") as caught:
        read_query(asked, NOW)
    assert (caught.value.status, caught.value.field) == (400, field)


def test_recent_means_the_last_24_hours_unless_said_otherwise() -> None:
    assert read_query({"site": "tst"}, NOW).after_time == 1_700_000_000 - 86_400
    assert read_query({"site": "tst", "after_time": "12.9"}, NOW).after_time == 12
    for other in ("after_id", "before_id", "received_after", "received_before"):
        assert read_query({"site": "tst", other: "7"}, NOW).after_time is None
    assert read_query({"site": "tst", "order": "oldest"}, NOW).after_time == 1_700_000_000 - 86_400


def test_times_of_receipt_are_not_rounded() -> None:
    query = read_query({"site": "tst", "received_after": "12.345678", "received_before": "1.7e12"}, NOW)
    assert (query.received_after, query.received_before) == (12.345678, 1.7e9)


@pytest.mark.parametrize(
    ("value", "seconds"), [("0", 0), ("1.5", 1.5), ("99", MAX_WAIT_S), ("1e3", MAX_WAIT_S)]
)
def test_nobody_waits_longer_than_platforms_allow(value: str, seconds: float) -> None:
    assert parameters.read_wait(value) == seconds


@pytest.mark.parametrize(("value", "limit"), [("1", 1), ("5000", 5000), ("99999", 5000)])
def test_no_response_lists_more_messages_than_the_limit(value: str, limit: int) -> None:
    assert parameters.read_limit(value) == limit


def test_levels_may_have_any_of_their_names() -> None:
    assert parameters.read_levels(" ERR, fatal,,30 ") == {"error", "critical", "warning"}
    assert parameters.read_levels("") == set()


def test_the_activity_of_a_site_is_counted_in_equal_parts_of_a_day() -> None:
    assert parameters.read_summary({}) == (["*"], None)
    assert parameters.read_summary({"site": "A,b", "activity": "3600"}) == (["a", "b"], 3600)
    for step in ("0", "59", "7", "5000", "86460", "1e3", ""):
        with pytest.raises(Rejection, match="activity is"):
            parameters.read_summary({"activity": step})


def test_the_activity_of_the_whole_log_is_counted_in_quarters_of_an_hour_or_more() -> None:
    assert parameters.read_history({}) == (["*"], 900)
    assert parameters.read_history({"site": "A,b", "step": "86400"}) == (["a", "b"], 86_400)
    for step in ("0", "60", "1000", "4500", "86401", "1e3", ""):
        with pytest.raises(Rejection, match=r"step is .*: send a number of seconds"):
            parameters.read_history({"step": step})


def test_a_query_admits_what_it_asks_for_and_nothing_else() -> None:
    asked = {"site": "*", "after_id": "5", "before_id": "9", "after_time": "100", "log_level": "error"}
    query = read_query({**asked, "received_after": "10.5", "received_before": "20.5"}, NOW)
    matching = stored(7, log_level="error", timestamp=100, received_at=15.0)
    assert query.admits(matching)
    others: tuple[dict[str, Any], ...] = (
        {"id": 5}, {"id": 9}, {"timestamp": 99}, {"log_level": "info"},
        {"received_at": 10.5}, {"received_at": 20.5},
    )  # fmt: skip
    assert not any(query.admits(matching._replace(**other)) for other in others)


@pytest.mark.parametrize(
    ("asked", "by_id"),
    [
        ({}, False),
        ({"after_time": "5"}, False),
        ({"after_id": "5"}, True),
        ({"after_time": "5", "before_id": "9"}, True),
        ({"after_time": "5", "received_after": "9"}, True),
        ({"after_time": "5", "received_before": "9"}, True),
        ({"order": "oldest"}, True),
    ],
)
def test_a_query_that_names_an_id_gets_the_newest_by_id(asked: dict[str, str], by_id: bool) -> None:
    assert read_query({"site": "tst", **asked}, NOW).by_id is by_id
