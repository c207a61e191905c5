"""Limits: who posts or watches too much is told so, and nobody else notices."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
import socketio
import websocket

from tests.support.keys import make_key
from tests.support.service import Service, running, wait_until
from tests.support.viewers import Viewer

SEATS = 4


def url(service: Service, path: str) -> str:
    return f"{service.url.replace('http', 'ws')}{path}?site=tst"


def test_whoever_posts_too_much_is_refused_and_told_when_to_try_again(tmp_path: Path) -> None:
    with running(
        f"sqlite:///{tmp_path}/x.db", tmp_path, ADDRESS_LIMIT="5/hour", SITE_LIMIT="3/hour"
    ) as service:
        many = [{"site": "a", "log_message": "x"}] * 3
        assert requests.post(f"{service.url}/newlog", json=many, timeout=5).ok
        refused = service.post(site="a", log_message="x")
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 3600
        assert refused.json()["error"].startswith("at most 3 messages an hour are taken of the site a")
        mixed = [{"site": "b", "log_message": "x"}, {"site": "a", "log_message": "x"}]
        assert requests.post(f"{service.url}/logs/newlog", json=mixed, timeout=5).status_code == 429
        assert service.recent(site="b") == []
        with closing(websocket.create_connection(url(service, "/ws"), timeout=5)) as viewer:
            viewer.send('{"action": "newlog", "site": "a", "log_message": "x"}')
            assert "at most 3 messages" in viewer.recv()
        assert service.post(site="b", log_message="x").ok
        assert service.post(site="c", log_message="x").ok
        refused = service.post(site="d", log_message="x")
        assert (refused.status_code, "one address" in refused.text) == (429, True)
        assert len(service.recent(site="*")) == 5
        assert requests.post(f"{service.url}/dev/newlog", json=many, timeout=5).ok, "a stage has its own"


def test_whoever_tries_many_wrong_keys_has_to_wait_whatever_the_way(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, READING="keys", WRONG_KEYS="4/hour") as service:
        headers = {"Authorization": "Bearer us_wrong"}
        found = [
            requests.post(f"{service.url}/newlog", "{}", headers=headers, timeout=5).status_code,
            requests.get(f"{service.url}/sites", headers=headers, timeout=5).status_code,
            requests.get(f"{service.url}/events?site=a&key=us_wrong", timeout=5).status_code,
            requests.post(f"{service.url}/sign-in", {"key": "us_wrong"}, timeout=5).status_code,
            requests.post(f"{service.url}/sign-in", {"key": "us_wrong"}, timeout=5).status_code,
            requests.get(f"{service.url}/sites", headers=headers, timeout=5).status_code,
            requests.get(f"{service.url}/sites", timeout=5).status_code,
        ]
        assert found == [401, 401, 401, 401, 429, 429, 401]


def test_whoever_tries_what_a_key_may_not_do_has_to_wait_with_that_alone_whatever_the_way(
    tmp_path: Path,
) -> None:
    settings = {"READING": "keys", "POSTING": "keys", "WRONG_KEYS": "4/hour"}
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, **settings) as service:
        key = make_key(service, "k", "a", "read,post")
        headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": "192.0.2.1"}

        def read(site: str) -> str:
            query = {"site": site}
            return requests.get(f"{service.url}/recent-logs", query, headers=headers, timeout=5).text

        def post(site: str) -> str:
            body = {"site": site, "log_message": "x"}
            return requests.post(f"{service.url}/newlog", json=body, headers=headers, timeout=5).text

        address = f"{service.url.replace('http', 'ws')}/ws?site=a"
        with (
            closing(websocket.create_connection(address, timeout=5, header=headers)) as plain,
            socketio.SimpleClient() as viewer,
        ):
            viewer.connect(service.url, headers=headers)

            def switch(site: str) -> str:
                plain.send(json.dumps({"action": "updatesubscribersite", "site": site}))
                return str(plain.recv())

            def subscribe(site: str) -> str:
                return str(viewer.call("subscribe", {"site": site}, timeout=5))

            ways = (read, post, switch, subscribe)
            assert ["the key k may not" in way("b") for way in ways] == [True] * 4
            assert ["at most 4 requests an hour" in way("b") for way in ways] == [True] * 4
            assert (read("a"), post("a")[:7], subscribe("a")[:11]) == ("[]", '{"id":1', "{'ok': True")


def test_an_address_is_that_of_the_client_only_if_a_trusted_proxy_says_so(tmp_path: Path) -> None:
    def posted(service: Service, forwarded: str) -> int:
        headers = {"X-Forwarded-For": forwarded}
        body = {"site": "a", "log_message": "x"}
        return requests.post(f"{service.url}/newlog", json=body, headers=headers, timeout=5).status_code

    limit = {"ADDRESS_LIMIT": "1/hour"}
    with running(f"sqlite:///{tmp_path}/a.db", tmp_path, **limit) as service:
        assert [posted(service, address) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.2")] == [
            200,
            200,
            429,
        ]
        assert posted(service, "192.0.2.9, 192.0.2.1") == 429, "a client cannot put another one first"
    with running(f"sqlite:///{tmp_path}/b.db", tmp_path, TRUSTED_PROXIES="none", **limit) as service:
        assert [posted(service, address) for address in ("192.0.2.1", "192.0.2.2")] == [200, 429]
    with running(f"sqlite:///{tmp_path}/c.db", tmp_path, PROXY_HOPS="2", **limit) as service:
        found = [
            posted(service, f"{address}, 10.0.0.1") for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
        ]
        assert found == [200, 200, 429]


def events(service: Service) -> Callable[[], None]:
    response = requests.get(f"{service.url}/events?site=tst", stream=True, timeout=10)
    response.raise_for_status()
    return response.close


def plain(path: str) -> Callable[[Service], Callable[[], None]]:
    def connect(service: Service) -> Callable[[], None]:
        shutdown: Callable[[], None] = websocket.create_connection(url(service, path), timeout=10).shutdown
        return shutdown

    return connect


def by_socketio(transport: str) -> Callable[[Service], Callable[[], None]]:
    def connect(service: Service) -> Callable[[], None]:
        return Viewer(service.url, auth={"site": "tst"}, transports=[transport]).leave

    return connect


KINDS = {
    "events": events,
    "ws": plain("/ws"),
    "datastream": plain("/datastream"),
    "websocket": by_socketio("websocket"),
    "polling": by_socketio("polling"),
}


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("seats")
    with running(f"sqlite:///{folder}/x.db", folder, ADDRESS_VIEWERS=str(SEATS), STAGES="prod") as service:
        yield service


def is_full(service: Service) -> bool:
    paths = (
        "/events?site=tst",
        "/recent-logs?site=tst&wait=1&after_id=999999",
        "/socket.io/?EIO=4&transport=polling",
        "/socket.io/?EIO=4&transport=polling&sid=",
        "/socket.io/?EIO=4&transport=polling&xsid=1",
    )
    found = []
    for path in paths:
        with requests.get(f"{service.url}{path}", stream=True, timeout=10) as response:
            found.append((response.status_code, response.headers.get("Retry-After")))
    return found == [(503, "30")] * len(paths)


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_so_many_seats_and_every_one_is_given_back_however_a_viewer_leaves(
    full: Service, kind: str
) -> None:
    for _ in range(3):
        leave: list[Callable[[], None]] = []

        def seated(leave: list[Callable[[], None]] = leave) -> bool:
            try:
                leave.append(KINDS[kind](full))
            except Exception:
                return False
            return len(leave) == SEATS

        wait_until(seated, "there is a seat for each")
        wait_until(lambda: is_full(full), "there is none for anybody else")
        assert full.post(site="tst", log_message="x").ok
        for each in leave:
            each()


def test_a_websocket_that_finds_no_seat_is_told_in_the_answer_to_its_upgrade(full: Service) -> None:
    leave: list[Callable[[], None]] = []

    def taken() -> bool:
        try:
            leave.append(events(full))
        except requests.HTTPError:
            return False
        return len(leave) == SEATS

    wait_until(taken, "all seats are taken")
    for path in ("/ws", "/datastream"):
        with pytest.raises(websocket.WebSocketBadStatusException, match="503"):
            websocket.create_connection(url(full, path), timeout=10)
    for each in leave:
        each()
    wait_until(lambda: not is_full(full), "there is a seat again")
