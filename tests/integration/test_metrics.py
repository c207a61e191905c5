"""The metrics in detail; that every one changes when what it counts happens is in `test_every_metric`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

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


def test_the_event_loop_is_watched_and_the_version_told(service: Service) -> None:
    before = value(service, "event_loop_lag_seconds_count")
    wait_until(lambda: value(service, "event_loop_lag_seconds_count") > before, "it looks again")
    assert value(service, "build", f"version={__version__}") == 1
