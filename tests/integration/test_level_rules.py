"""Level rules: whichever way a message comes in, and that nobody has to wait for an expression."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.service import Service, running, wait_until
from tests.support.streams import SOCKETS, connected, events
from tests.support.viewers import watching

SUN = "pointing too close to the sun: parking"
CONFIG = """
[[levels]]
match = "too close to the sun|weather report.*close"
level = "critical"
[[levels]]
match = "^retrying"
level = "debug"
[[levels]]
match = "(a+)+$"
level = "warning"
sites = ["slow"]
""" + "".join(
    f'[[levels]]\nmatch = "a[ab]{{{number}}}c"\nlevel = "error"\nsites = ["slow"]\n'
    for number in range(200, 220)
)


ON_SQLITE = pytest.mark.parametrize(
    "ruled", ["sqlite"], indirect=True
)  # what no database makes a difference to


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def ruled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("ruled")
    file = folder / "userstatus.toml"
    file.write_text(CONFIG)
    url = f"sqlite:///{folder}/x.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").ready()
    with running(url, folder, CONFIG=str(file)) as service:
        yield service


def levels(messages: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(each["log_level"], each.get("original_level")) for each in messages]


@pytest.mark.parametrize("way", ["newlog", "array", *SOCKETS])
def test_a_rule_counts_for_every_way_in_and_every_viewer_sees_both_levels(ruled: Service, way: str) -> None:
    site = f"by-{way}"
    message = {"site": site, "log_message": SUN, "log_level": "INFO"}
    with watching(ruled.url, f"?site={site}") as (viewer,), events(ruled, f"?site={site}") as stream:
        if way in SOCKETS:
            with connected(ruled, f"/{way}?site={site}") as socket:
                socket.send(json.dumps({**message, "action": "newlog"}))
                wait_until(lambda: ruled.recent(site=site), "it is stored")
        else:
            requests.post(f"{ruled.url}/newlog", json=[message] if way == "array" else message, timeout=5)
        assert levels(viewer.wait_for(1)) == [("critical", "info")]
        seen = next(data for event, data, _ in stream if event == "newlog")
        assert levels([seen]) == [("critical", "info")]
    assert levels(ruled.recent(site=site, log_level="critical")) == [("critical", "info")]
    (summary,) = requests.get(f"{ruled.url}/sites?site={site}", timeout=5).json()
    assert {level: count for level, count in summary["counts"].items() if count} == {"critical": 1}


@ON_SQLITE
def test_a_rule_may_lower_what_its_producer_calls_an_error(ruled: Service) -> None:
    ruled.post(site="low", log_message="retrying the focuser", log_level="error")
    ruled.post(site="low", log_message="no rule is about this", log_level="error")
    assert levels(ruled.recent(site="low")) == [("debug", "error"), ("error", None)]


@ON_SQLITE
def test_an_expression_that_others_take_forever_for_is_of_no_account(ruled: Service) -> None:
    """`(a+)+$` takes Python's `re` exponential time."""
    ruled.post(site="slow", log_message="a" * 10_000)
    ruled.post(site="slow", log_message="a" * 9_999 + "!")
    assert levels(ruled.recent(site="slow")) == [("warning", "info"), ("info", None)]


@ON_SQLITE
def test_nobody_waits_while_the_worst_expressions_read_the_longest_text(ruled: Service) -> None:
    answered: list[str] = []
    worst = {"site": "slow", "log_message": "".join(random.Random(1).choices("ab", k=10_000))}

    def post_the_worst() -> None:
        requests.post(f"{ruled.url}/newlog", json=worst, timeout=60)
        answered.append("slow")

    slow = threading.Thread(target=post_the_worst)
    slow.start()
    while "slow" not in answered:
        ruled.post(site="tst", log_message="x")
        answered.append("tst")
    slow.join()
    assert answered.count("tst") > 5
