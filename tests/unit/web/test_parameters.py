"""What a client may ask for in a query, and how odd parameters are refused."""

from __future__ import annotations

import pytest

from userstatus.errors import Rejection
from userstatus.live import requests
from userstatus.web.parameters import read_query

NOW = 1_700_000_000.75


@pytest.mark.parametrize(
    ("parameters", "field"),
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
        ({"site": "tst", "log_level": "loud"}, "log_level"),
        ({"site": "tst", "limit": "0"}, "limit"),
        ({"site": "tst", "limit": "many"}, "limit"),
    ],
)
def test_an_odd_parameter_is_refused_by_name(parameters: dict[str, str], field: str) -> None:
    with pytest.raises(Rejection, match=": send ") as caught:
        read_query(parameters, NOW)
    assert (caught.value.status, caught.value.field) == (400, field)


def test_recent_means_the_last_24_hours_unless_said_otherwise() -> None:
    assert read_query({"site": "tst"}, NOW).after_time == 1_700_000_000 - 86_400
    assert read_query({"site": "tst", "after_time": "12.9"}, NOW).after_time == 12
    assert read_query({"site": "tst", "after_id": "7"}, NOW).after_time is None


def test_several_sites_come_with_commas_or_in_a_list() -> None:
    assert requests.read_sites("MRC1, mrc,mrc1,") == ["mrc1", "mrc"]
    assert requests.read_sites(["a", "B"]) == ["a", "b"]
    assert requests.read_sites("*", every=True) == ["*"]
