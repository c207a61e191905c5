"""Stages, and several services in one process: what is posted to one is never seen in another."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
import sqlalchemy as sa

from tests.support.databases import Postgres, at
from tests.support.resuming import DataStreamViewer, EventViewer, PollingViewer, SocketViewer
from tests.support.service import PROJECT, Service, free_port, running, wait_until
from tests.support.viewers import Viewer
from userstatus.store.tables import messages

HOUR_S = 3600


class Place(NamedTuple):
    """Where a service is reached: its base URL, and the Socket.IO path at its host."""

    url: str
    host: str
    socketio: str

    def post(self, text: str, site: str = "tst", **fields: Any) -> requests.Response:
        body = json.dumps({"site": site, "log_message": text, **fields})
        return requests.post(f"{self.url}/newlog", body, timeout=10)

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=10)


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(params=["stages", "services"])
def places(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> Iterator[tuple[Place, Place]]:
    """Two places in one process: the stages of a service, or two services, on each database."""
    if request.param == "stages":
        with running(database_url, tmp_path) as service:
            url = service.url
            yield Place(url, url, "socket.io"), Place(f"{url}/dev", url, "dev/socket.io")
        return
    other = f"sqlite:///{tmp_path}/other.db"
    if database_url.startswith("postgresql"):
        postgres: Postgres = request.getfixturevalue("postgres")
        other = postgres.ready()
    port = free_port()
    service = Service(database_url, tmp_path)
    program = PROJECT / "tests" / "support" / "two_services.py"
    service.environ["PYTHONPATH"] = str(PROJECT)
    service.start(sys.executable, str(program), database_url, str(service.port), other, str(port))
    try:
        second = f"http://127.0.0.1:{port}"
        wait_until(lambda: answers(second), "the second one answers")
        yield Place(service.url, service.url, "socket.io"), Place(second, second, "socket.io")
    finally:
        service.kill()


def test_what_is_posted_to_one_is_never_seen_in_the_other(places: tuple[Place, Place]) -> None:
    kinds = (EventViewer, SocketViewer, DataStreamViewer, PollingViewer)
    with ExitStack() as stack:
        everyone = []
        for place in places:
            viewers: list[Any] = [kind(place.url, "*") for kind in kinds]
            viewers.append(Viewer(place.host, "?site=*", auth={"after_id": None}, path=place.socketio))
            for viewer in viewers:
                stack.callback(viewer.leave)
            everyone.append(viewers)
        wait_until(
            lambda: all(viewer.states for viewers in everyone for viewer in viewers), "all of them watch"
        )
        for round_ in range(3):
            for name, place in zip(("one", "two"), places, strict=True):
                assert place.post(f"{name} {round_}", uuid=f"the same {round_}").json()["id"] == round_ + 1
        for name, viewers in zip(("one", "two"), everyone, strict=True):
            expected = [f"{name} {round_}" for round_ in range(3)]
            for viewer in viewers:
                wait_until(lambda viewer=viewer: len(viewer.received) >= 3, f"{viewer} has all of them")  # type: ignore[misc]
                assert [message["message"] for message in viewer.received] == expected


def test_a_client_that_comes_later_finds_only_what_belongs_there(places: tuple[Place, Place]) -> None:
    one, two = places
    for place, site in ((one, "here"), (two, "there"), (two, "there")):
        assert place.post(f"for {site}", site=site).ok
    for place, site, count in ((one, "here", 1), (two, "there", 2)):
        found = place.get("/recent-logs?site=*")
        assert [message["message"] for message in found.json()] == [f"for {site}"] * count
        assert found.headers["X-Last-Id"] == str(count)
        wait_until(
            lambda place=place: len(place.get("/sites").json()) == 1,  # type: ignore[misc]
            "the statistics have its message",
        )
        (summary,) = place.get("/sites").json()
        assert (summary["site"], summary["counts"]["info"]) == (site, count)
        assert place.get("/healthz").json()["status"] == "ok"


def rows(url: str, stage: str) -> int:
    """The number of messages in a stage's database, expired or not."""
    with closing(at(url, stage)) as database, database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(messages)) or 0


def test_each_stage_has_a_retention_of_its_own(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path, MESSAGE_TTL="1h", PURGE_INTERVAL="1s") as service:
        for path in ("", "/dev"):
            body = json.dumps({"site": "tst", "log_message": "x"})
            requests.post(f"{service.url}{path}/newlog", body, timeout=10).raise_for_status()
        with closing(at(database_url, "dev")) as dev, dev.write() as connection:
            connection.execute(sa.update(messages).values(received_at=messages.c.received_at - 2 * HOUR_S))
        wait_until(lambda: rows(database_url, "dev") == 0, "dev's message is deleted")
        assert rows(database_url, "prod") == 1


def test_without_the_dev_stage_every_path_below_it_is_not_found(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, STAGES="prod") as service:
        for path in (
            "/dev",
            "/dev/",
            "/dev/newlog",
            "/dev/watch/tst",
            "/dev/socket.io/?EIO=4&transport=polling",
        ):
            response = requests.get(f"{service.url}{path}", timeout=10)
            assert (response.status_code, response.headers["Content-Type"]) == (404, "application/json")
            assert "STAGES does not name dev" in response.json()["error"]
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            seen = requests.get(f"{service.url}{path}", headers={"Accept": "text/html,*/*;q=0.8"}, timeout=10)
            assert (seen.status_code, seen.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
            assert "STAGES does not name dev" in seen.text
            assert "script-src 'self';" in seen.headers["Content-Security-Policy"]
            assert seen.headers["X-Content-Type-Options"] == "nosniff"
        response = requests.post(
            f"{service.url}/dev/newlog", '{"site": "tst", "log_message": "x"}', timeout=10
        )
        assert response.status_code == 404
        assert service.post(site="dev", log_message="a site may be called dev").ok
        assert service.recent(site="*")[0]["site"] == "dev"
    assert sorted(each.name for each in tmp_path.glob("*.db")) == ["x.db"]


@pytest.mark.parametrize("prefix", ["", "/logs", "/dev"])
def test_the_predecessors_base_paths_have_everything(service: Service, prefix: str) -> None:
    base = f"{service.url}{prefix}"
    assert requests.post(f"{base}/newlog", '{"site": "base", "log_message": "x"}', timeout=10).ok
    found = requests.get(f"{base}/recent-logs?site=base", timeout=10).json()
    assert found[-1]["message"] == "x"
    page = requests.get(f"{base}/watch/base", timeout=10)
    assert f'src="{prefix}/static/user-status.js"' in page.text
    assert requests.get(f"{base}/static/user-status.js", timeout=10).ok
    nothing = requests.get(f"{base}/nothing", timeout=10)
    assert (nothing.status_code, nothing.json()["error"].split(":")[0]) == (
        404,
        f"nothing is served at {prefix}/nothing",
    )


@pytest.mark.parametrize(
    "path", ["/devnewlog", "/logsnewlog", "/DEV/newlog", "/dev-1/newlog", "/%64ev2/newlog"]
)
def test_a_path_that_only_looks_like_a_prefix_is_none(service: Service, path: str) -> None:
    response = requests.post(f"{service.url}{path}", '{"site": "odd", "log_message": "x"}', timeout=10)
    assert response.status_code == 404


def test_the_log_says_which_databases_are_in_use(service: Service) -> None:
    lines = service.log.read_text()
    path = service.environ["DATABASE_URL"].removeprefix("sqlite:///")
    dev = path.replace("test.db", "test-dev.db")
    assert f"Messages are in sqlite:///{path} (prod), sqlite:///{dev} (dev)" in lines
    assert f"no log was found, a new one has begun: sqlite:///{dev}" in lines
