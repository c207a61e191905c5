"""Every metric changes when what it counts happens."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.databases import Postgres
from tests.support.metrics import scrape
from tests.support.service import Service, running, wait_until
from tests.support.streams import connected, events
from tests.support.viewers import watching
from userstatus import __version__


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as found:
        yield found


def value(service: Service, name: str, labels: str = "") -> float:
    return scrape(service).get((f"userstatus_{name}", labels), 0)


def becomes(service: Service, expected: float, name: str, labels: str = "") -> None:
    wait_until(lambda: value(service, name, labels) == expected, f"{name} {labels} is {expected}")


def test_messages_are_counted_by_site_and_level_and_by_stage(service: Service) -> None:
    for level in ("info", "error", "error"):
        service.post(site="MRC1", log_message="x", log_level=level)
    assert value(service, "messages_total", "level=error site=mrc1") == 2
    assert value(service, "messages_total", "level=info site=mrc1") == 1
    requests.post(f"{service.url}/dev/newlog", '{"site": "mrc1", "log_message": "x"}', timeout=5)
    assert scrape(service, "/dev", "dev")["userstatus_messages_total", "level=info site=mrc1"] == 1
    assert value(service, "messages_total", "level=info site=mrc1") == 1


def test_a_message_that_is_sent_again_is_not_counted_again(service: Service) -> None:
    for _ in range(3):
        service.post(site="a", log_message="x", uuid="1")
    assert value(service, "messages_total", "level=info site=a") == 1


def test_hundreds_of_sites_are_a_bounded_number_of_metrics(service: Service) -> None:
    many = [{"site": f"s{number}", "log_message": "x"} for number in range(300)]
    requests.post(f"{service.url}/newlog", json.dumps(many), timeout=5)
    named = [labels for name, labels in scrape(service) if name == "userstatus_messages_total"]
    assert len(named) == 101
    assert value(service, "messages_total", "level=info site=other") == 200


def test_posts_their_groups_and_their_delivery_are_measured(service: Service) -> None:
    service.post(site="a", log_message="x")
    many = [{"site": "a", "log_message": "x"}] * 30
    requests.post(f"{service.url}/newlog", json.dumps(many), timeout=5)
    assert value(service, "post_seconds_count") == 2
    assert value(service, "post_seconds_sum") > 0
    assert value(service, "commit_messages_sum") == 31
    assert value(service, "commit_messages_bucket", "le=1.0") == 1
    becomes(service, 31, "delivery_lag_seconds_count")
    assert value(service, "delivery_lag_seconds_sum") > 0


def test_viewers_of_every_kind_are_counted_while_they_are_there_and_once_they_are_gone(
    service: Service,
) -> None:
    service.post(site="a", log_message="x")
    with (
        watching(service.url, "?site=a"),
        connected(service, "/ws?site=a"),
        connected(service, "/datastream?site=a,*"),
        events(service, "?site=nobody") as stream,
    ):
        next(stream)
        for kind, site in (("socketio", "a"), ("ws", "a"), ("datastream", "a"), ("datastream", "*")):
            becomes(service, 1, "viewers", f"kind={kind} site={site}")
        becomes(service, 1, "viewers", "kind=events site=other")
    service.post(site="nobody", log_message="whoever is gone is noticed now")
    becomes(service, 4, "disconnects_total", "reason=left")
    assert not any(name == "userstatus_viewers" for name, _ in scrape(service))


def test_a_viewer_that_says_goodbye_is_counted_as_well_as_one_whose_connection_ends(service: Service) -> None:
    for gone, goodbye in enumerate(("41", ""), start=1):
        with connected(service, "/socket.io/?EIO=4&transport=websocket&site=a") as connection:
            connection.send("40")
            becomes(service, 1, "viewers", "kind=socketio site=other")
            if goodbye:
                connection.send(goodbye)
                becomes(service, gone, "disconnects_total", "reason=left")
        becomes(service, gone, "disconnects_total", "reason=left")


def test_a_viewer_that_does_not_read_is_counted_as_slow(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, VIEWER_BUFFER="16k") as service:
        with connected(service, "/ws?site=a"):
            many = json.dumps([{"site": "a", "log_message": "x" * 9000}] * 25)
            for _ in range(60):
                requests.post(f"{service.url}/newlog", many, timeout=10)
            becomes_slow = lambda: "does not read" in service.log.read_text()  # noqa: E731
            wait_until(becomes_slow, "it is disconnected")
        becomes(service, 1, "disconnects_total", "reason=slow")


def posted_nonsense(service: Service) -> None:
    service.post(site="a")


def asked_for_nothing_known(service: Service) -> None:
    requests.get(f"{service.url}/nowhere", timeout=5)


def said_nonsense(service: Service) -> None:
    with connected(service, "/ws?site=a") as client:
        client.send("nonsense")
        client.recv()


def subscribed_to_nothing(service: Service) -> None:
    with watching(service.url, "") as (viewer,):
        viewer.client.call("subscribe", {})


def sent_an_odd_packet(service: Service) -> None:
    requests.get(f"{service.url}/socket.io/?EIO=4&transport=odd", timeout=5)


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (posted_nonsense, "invalid"),
        (asked_for_nothing_known, "not_found"),
        (said_nonsense, "invalid"),
        (subscribed_to_nothing, "invalid"),
        (sent_an_odd_packet, "invalid"),
    ],
)
def test_what_is_rejected_is_counted_by_reason(
    service: Service, happens: Callable[[Service], None], reason: str
) -> None:
    assert value(service, "rejected_total", f"reason={reason}") == 0
    happens(service)
    assert value(service, "rejected_total", f"reason={reason}") == 1


def test_what_is_purged_is_counted(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, MESSAGE_TTL="1s", PURGE_INTERVAL="1s") as service:
        service.post(site="a", log_message="x")
        becomes(service, 1, "purged_messages_total")


def test_failures_of_the_database_are_counted_by_operation(service: Service, tmp_path: Path) -> None:
    age = value(service, "follower_age_seconds")
    assert 0 < age < 60
    wait_until(lambda: value(service, "follower_age_seconds") < age, "it looks again")
    for file in tmp_path.glob("x.db*"):
        file.rename(tmp_path / f"gone-{file.name}")
    assert service.post(site="a", log_message="x").status_code == 503
    assert not service.answers()
    assert value(service, "database_errors_total", "operation=append") >= 1
    assert value(service, "database_errors_total", "operation=health") >= 1
    assert value(service, "rejected_total", "reason=unavailable") >= 2


def test_the_pool_of_postgres_is_shown(postgres: Postgres, tmp_path: Path) -> None:
    with running(postgres.ready(), tmp_path, STAGES="prod") as service:
        service.post(site="a", log_message="x")
        assert value(service, "database_connections", "state=idle") >= 1


def test_the_event_loop_is_watched_and_the_version_told(service: Service) -> None:
    before = value(service, "event_loop_lag_seconds_count")
    wait_until(lambda: value(service, "event_loop_lag_seconds_count") > before, "it looks again")
    assert value(service, "build", f"version={__version__}") == 1


def test_a_request_that_waits_is_a_viewer(service: Service) -> None:
    service.post(site="a", log_message="x")
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(service.recent, site="a", after_id=service.cursor(), wait=20)
        becomes(service, 1, "viewers", "kind=poll site=a")
        service.post(site="a", log_message="y")
        assert len(waiting.result()) == 1
    assert value(service, "viewers", "kind=poll site=a") == 0


def test_every_metric_is_one_of_those_above(service: Service) -> None:
    here = Path(__file__).read_text()
    told = requests.get(f"{service.url}/metrics", timeout=5).text
    names = re.findall("^# TYPE userstatus_([a-z_]+?)(?:_total)? ", told, re.MULTILINE)
    assert len(names) > 10
    assert [name for name in names if f'"{name}' not in here] == []
