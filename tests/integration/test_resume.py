"""A viewer that returns with its cursor gets what it missed: no gap, no duplicates, in order."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.support.databases import rows
from tests.support.described.received import RECEIVED
from tests.support.messages import age
from tests.support.posters import Poster
from tests.support.service import PROJECT, Service, needs, running, wait_until
from tests.support.viewers import NodeViewer, Viewer, watching


def test_the_backlog_comes_first_then_live_messages_follow(service: Service) -> None:
    first = service.post(site="rs1", log_message="seen").json()["id"]
    for text in ("missed 1", "missed 2"):
        service.post(site="rs1", log_message=text)
    with watching(service.url, "", auth={"site": "rs1", "after_id": first}) as (viewer,):
        viewer.wait_for(2)
        service.post(site="rs1", log_message="live")
        viewer.wait_for(3)
        assert viewer.texts() == ["missed 1", "missed 2", "live"]
        assert viewer.ids() == sorted(viewer.ids())


def test_a_viewer_with_a_cursor_is_told_its_position_after_the_backlog(service: Service) -> None:
    for text in "ab":
        service.post(site="rs2", log_message=text)
    with watching(service.url, "", auth={"site": "rs2", "after_id": 0}) as (viewer,):
        wait_until(lambda: viewer.states, "the viewer is told")
        assert viewer.states == [{"ok": True, **service.subscription_status("rs2")}]
        assert viewer.texts() == ["a", "b"]


def test_a_null_cursor_means_that_the_viewer_has_seen_nothing_yet(service: Service) -> None:
    last = service.post(site="rs3", log_message="before").json()["id"]
    with watching(service.url, "", auth={"site": "rs3", "after_id": None}) as (viewer,):
        wait_until(lambda: viewer.states, "the viewer is told")
        assert viewer.states[0]["last_id"] == last
        service.post(site="rs3", log_message="live")
        viewer.wait_for(1)
        assert viewer.texts() == ["live"]


def test_the_cursor_may_come_in_the_query(service: Service) -> None:
    service.post(site="rs4", log_message="missed")
    with watching(service.url, "?site=rs4&after_id=0") as (viewer,):
        viewer.wait_for(1)


def test_subscribe_with_a_cursor_sends_the_backlog_before_the_acknowledgement(service: Service) -> None:
    ids = [service.post(site="rs5", log_message=str(number)).json()["id"] for number in range(5)]
    with watching(service.url, "") as (viewer,):
        response = viewer.ask("subscribe", {"site": "rs5", "after_id": ids[1]})
        assert response == {"ok": True, **service.subscription_status("rs5")}
        viewer.wait_for(3)
        assert viewer.ids() == ids[2:]


@pytest.mark.parametrize("cursor", ["x", -1, 1.5, True, [], 10**18])
def test_an_invalid_cursor_is_rejected_by_name(service: Service, cursor: object) -> None:
    with watching(service.url, "") as (viewer,):
        response = viewer.ask("subscribe", {"site": "rs6", "after_id": cursor})
        assert (response["ok"], response["field"]) == (False, "after_id")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_socket_ios_own_client_resumes_by_its_auth_function(tmp_path: Path, transport: str) -> None:
    needs("node")
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        viewer = NodeViewer(service.url, "tst", transport)
        try:
            wait_until(lambda: viewer.states, "it is connected")
            ids = [service.post(site="tst", log_message="before").json()["id"]]
            wait_until(lambda: viewer.ids() == ids, "it sees the message")
            service.stop()
            service.start()
            ids.append(service.post(site="tst", log_message="while it was away").json()["id"])
            wait_until(lambda: len(viewer.states) == 2, "it has come back")
            ids.append(service.post(site="tst", log_message="live").json()["id"])
            wait_until(lambda: viewer.ids() == ids, "it missed nothing and saw nothing twice")
        finally:
            viewer.leave()


def test_a_gap_is_reported_when_retention_deleted_missed_messages(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path, MESSAGE_TTL="1h") as service:
        seen = service.post(site="a", log_message="seen").json()["id"]
        service.post(site="a", log_message="will be gone")
        with service.away() as database:
            age(database, 2 * 3600)
        kept = service.post(site="a", log_message="kept").json()["id"]
        with watching(service.url, "") as (viewer,):
            assert viewer.ask("subscribe", {"site": "a", "after_id": seen})["gap"] is True
            assert viewer.ask("subscribe", {"site": "*", "after_id": seen})["gap"] is True
            assert viewer.ask("subscribe", {"site": "b", "after_id": seen})["gap"] is False, "it lost nothing"
            wait_until(lambda: rows(database_url) == 1, "what has expired is deleted, too")
            assert viewer.ask("subscribe", {"site": "a", "after_id": seen})["gap"] is True
            assert viewer.ask("subscribe", {"site": "a", "after_id": kept})["gap"] is False
        response = requests.get(f"{service.url}/recent-logs?site=a&after_id={seen}", timeout=5)
        assert response.headers["X-Gap"] == "true"


def test_the_cursor_of_a_replaced_log_brings_everything_and_reports_a_gap(
    database_url: str, tmp_path: Path
) -> None:
    with running(database_url, tmp_path) as service:
        service.post(site="tst", log_message="in the new log")
        with watching(service.url, "", auth={"site": "tst", "after_id": 4711}) as (viewer,):
            wait_until(lambda: viewer.states, "it is told")
            assert viewer.texts() == ["in the new log"]
            assert (viewer.states[0]["gap"], viewer.states[0]["last_id"]) == (True, 1)


def test_clients_that_drop_at_random_during_heavy_posting_miss_nothing(
    database_url: str, tmp_path: Path, full: bool
) -> None:
    needs("node")
    viewers, messages = (50, 1000) if full else (12, 300)
    with running(database_url, tmp_path) as service, droppers(service, viewers) as clients:
        posters = [Poster(service.url, "tst", f"poster{number}") for number in range(4)]
        for poster in posters:
            poster.start()
        assert clients.stdout is not None
        assert clients.stdout.readline() == "a hundred drops\n"
        wait_until(
            lambda: sum(len(poster.acknowledged) for poster in posters) > messages, "many are posted", 60
        )
        for poster in posters:
            poster.stop()
        stored = sorted(id for poster in posters for id, _ in poster.acknowledged)
        seen = json.loads(clients.communicate(f"{stored[-1]}\n", timeout=30)[0])
        for packet in seen["packets"]:
            RECEIVED.frame("socketio", packet)
        assert seen["drops"] >= 100
        for ids in seen["ids"]:
            assert ids == stored


@contextmanager
def droppers(service: Service, viewers: int) -> Iterator[subprocess.Popen[str]]:
    """Viewers that lose their connections now and then; they end with the test, however it ends."""
    with subprocess.Popen(
        ["node", "droppers.js", service.url, "tst", str(viewers)],
        cwd=PROJECT / "tests" / "clients",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as clients:
        try:
            yield clients
        finally:
            clients.kill()


def test_python_clients_resume_by_an_auth_function_too(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        seen: list[Viewer] = []
        viewer = Viewer(
            service.url,
            auth=lambda: {"site": "tst", "after_id": seen[0].ids()[-1] if seen else 0},
            reconnect=True,
        )
        seen.append(viewer)
        service.post(site="tst", log_message="one")
        viewer.wait_for(1)
        service.kill()
        service.start()
        service.post(site="tst", log_message="two")
        viewer.wait_for(2)
        viewer.leave()
        assert viewer.texts() == ["one", "two"]
