"""Keys: every way in, with no key, a wrong, a revoked, another site's, and a right one."""

from __future__ import annotations

import json
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    ProxyHandler,
    build_opener,
)

import pytest
import requests
import socketio
import websocket

from tests.support.keys import keys_command, make_key, revoke_key, store_key, stored_keys
from tests.support.service import Service, needs, running, wait_until
from tests.support.viewers import Viewer
from userstatus.store.keys import POST, READ, Keys

CASES = ("none", "wrong", "revoked", "elsewhere", "other right", "right", "every site")
# The key that is right is one for mrc1 alone.
REFUSED = {"none": 401, "wrong": 401, "revoked": 401, "elsewhere": 403, "other right": 403, "right": 200}
WRONG = "us_" + "w" * 32


class Guarded:
    """A service, and a key for each case; `mrc1` is the site that is posted to and read."""

    def __init__(self, service: Service, keys: Keys):
        self.service = service
        self.post_keys = self._keys(keys, POST, READ)
        self.read_keys = self._keys(keys, READ, POST)
        self.both = store_key(keys, "both", "mrc1", POST, READ)
        revoked = self.read_keys["revoked"]
        wait_until(lambda: self.statuses(revoked) == self.statuses(self.both) == {200}, "the keys are known")
        for right in (POST, READ):
            keys.revoke(f"{right} revoked")
        wait_until(lambda: self.statuses(revoked) == {401}, "it is known that two of them are revoked")

    def statuses(self, key: str | None) -> set[int]:
        """How the stages answer to a key of somebody who reads."""
        urls = [f"{self.service.url}{stage}/sites?site=mrc1" for stage in ("", "/dev")]
        return {requests.get(url, headers=bearer(key), timeout=5).status_code for url in urls}

    @staticmethod
    def _keys(keys: Keys, right: str, other: str) -> dict[str, str | None]:
        return {
            "none": None,
            "wrong": WRONG,
            "revoked": store_key(keys, f"{right} revoked", "*", POST, READ),
            "elsewhere": store_key(keys, f"{right} elsewhere", "mrc2", right),
            "other right": store_key(keys, f"{right} not", "*", other),
            "right": store_key(keys, f"{right} it", "mrc1", right),
            "every site": store_key(keys, f"{right} everything", "*", right),
        }


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    with (
        running(f"sqlite:///{folder}/x.db", folder, POSTING="keys", READING="keys") as service,
        stored_keys(service) as keys,
    ):
        yield Guarded(service, keys)


def bearer(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def basic(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Basic {b64encode(f'mrc1:{key}'.encode()).decode()}"}


def cookie(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Cookie": f"userstatus_key={key}"}


PUT = Callable[[str | None], dict[str, str]]
BODY = json.dumps({"site": "mrc1", "log_message": "Dome open"})


def posted(service: Service, path: str, headers: dict[str, str]) -> int:
    return requests.post(f"{service.url}{path}", BODY, headers=headers, timeout=10).status_code


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/newlog", "/logs/newlog", "/dev/newlog", "/newlog/"])
@pytest.mark.parametrize("put", [bearer, basic])
def test_a_post_needs_a_key_that_may_post_for_its_site(
    guarded: Guarded, path: str, put: PUT, case: str
) -> None:
    assert posted(guarded.service, path, put(guarded.post_keys[case])) == REFUSED[case]


def by_wget(url: str, key: str) -> str:
    with_key = url.replace("://", f"://mrc1:{key}@")
    command = ["wget", "--quiet", "--no-proxy", "--output-document=-", f"--post-data={BODY}", with_key]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout


def by_urllib(url: str, key: str) -> str:
    passwords = HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, url, "mrc1", key)
    opener = build_opener(ProxyHandler({}), HTTPBasicAuthHandler(passwords))
    with opener.open(url, BODY.encode(), timeout=10) as response:
        return str(response.read().decode())


@pytest.mark.parametrize("path", ["/newlog", "/logs/newlog", "/dev/newlog"])
@pytest.mark.parametrize("client", [by_wget, by_urllib])
def test_clients_that_send_a_password_only_when_asked_for_it_post(
    guarded: Guarded, client: Callable[[str, str], str], path: str
) -> None:
    needs("wget")
    assert '"warnings":[]' in client(f"{guarded.service.url}{path}", str(guarded.post_keys["right"]))


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/ws", "/datastream", "/dev/ws", "/logs/datastream"])
def test_a_post_over_a_websocket_needs_a_key_as_well(guarded: Guarded, path: str, case: str) -> None:
    key = guarded.both if case == "right" else guarded.post_keys[case]
    query = urlencode({"site": "mrc1", "key": key or "", "after_id": 0})
    url = f"{guarded.service.url.replace('http', 'ws')}{path}?{query}"
    if case not in ("right", "other right"):
        with pytest.raises(websocket.WebSocketBadStatusException, match=str(REFUSED[case])):
            websocket.create_connection(url, timeout=10)
        return
    with closing(websocket.create_connection(url, timeout=10)) as connection:
        ask(connection, action="newlog", site="mrc1", log_message="x")
        wait_until(lambda: ("accepted" if case == "right" else "may not post") in connection.recv(), case)
        if case == "right":
            ask(connection, action="newlog", site="saf", log_message="x")
            wait_until(lambda: "may not post for saf" in connection.recv(), "another site's is refused")
            ask(connection, action="updatesubscribersite", site="*")
            wait_until(lambda: "may not read for every site" in connection.recv(), "nor can it be read")


def ask(connection: Any, **content: Any) -> None:
    connection.send(json.dumps(content))


def test_a_cookie_which_browsers_send_by_themselves_posts_nothing(guarded: Guarded) -> None:
    assert posted(guarded.service, "/newlog", cookie(guarded.post_keys["every site"])) == 401


# What is shown: statuses in the order of CASES.
OPEN = (200,) * 7
ONE_SITE = (401, 401, 401, 403, 403, 200, 200)
ITS_SITES = (401, 401, 401, 200, 403, 200, 200)
EVERY_SITE = (401, 401, 401, 403, 403, 403, 200)
LED_TO_ITS_SITES = (401, 401, 401, 302, 403, 302, 200)
LED_TO_SITES = (401, 401, 401, 302, 403, 302, 302)
NOTHING = (401, 401, 401, 404, 403, 404, 404)
SHOWN = {
    "/recent-logs?site=mrc1": ONE_SITE,
    "/recent-logs?site=mrc1&wait=0.1&after_id=999999": ONE_SITE,
    "/recent-logs?site=*": EVERY_SITE,
    "/sites?site=mrc1": ONE_SITE,
    "/sites": EVERY_SITE,
    "/activity?site=mrc1": ONE_SITE,
    "/events?site=*": EVERY_SITE,
    "/metrics": EVERY_SITE,
    "/": LED_TO_ITS_SITES,
    "/watch": LED_TO_SITES,
    "/watch/mrc1": ONE_SITE,
    "/watch/*": EVERY_SITE,
    "/docs": ITS_SITES,
    "/openapi.json": ITS_SITES,
    "/asyncapi.json": ITS_SITES,
    "/nothing": NOTHING,
    "/sign-in": OPEN,
    "/healthz": OPEN,
    "/readyz": OPEN,
    "/static/user-status.js": OPEN,
    "/static/pages/wall.js": OPEN,
}


@pytest.mark.parametrize("prefix", ["", "/logs", "/dev"])
@pytest.mark.parametrize("path", SHOWN)
def test_whatever_shows_messages_needs_a_key_that_may_read_the_site(
    guarded: Guarded, prefix: str, path: str
) -> None:
    url, expected = f"{guarded.service.url}{prefix}{path}", dict(zip(CASES, SHOWN[path], strict=True))
    options: Any = {"allow_redirects": False, "stream": path.startswith("/events")}
    for put in (bearer, basic, cookie):
        found = {}
        for case in CASES:
            headers = put(guarded.read_keys[case])
            with requests.get(url, headers=headers, timeout=10, **options) as response:
                found[case] = response.status_code
        assert found == expected, put.__name__


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/events", "/ws", "/datastream", "/dev/events", "/dev/ws"])
def test_a_stream_needs_one_in_its_address_or_in_a_header(guarded: Guarded, path: str, case: str) -> None:
    key, url = guarded.read_keys[case], f"{guarded.service.url}{path}?site=mrc1"
    upgrade = {} if "events" in path else UPGRADE
    expected = 101 if REFUSED[case] == 200 and upgrade else REFUSED[case]
    asked: tuple[tuple[str, dict[str, str]], ...] = (
        (f"{url}&key={key or ''}", {}),
        (url, bearer(key)),
        (url, basic(key)),
        (url, cookie(key)),
    )
    for address, headers in asked:
        with requests.get(address, headers={**headers, **upgrade}, timeout=10, stream=True) as response:
            assert response.status_code == expected, headers


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("way", ["auth", "auth, resuming", "query", "bearer", "basic", "cookie"])
def test_a_viewer_of_socketio_needs_one(guarded: Guarded, transport: str, case: str, way: str) -> None:
    key = guarded.read_keys[case]
    client = socketio.Client(reconnection=False)
    refused: list[Any] = []
    client.on("connect_error", refused.append)
    query = f"?key={key}" if key and way == "query" else ""
    auth = {"site": "mrc1"} | ({"key": key} if key and "auth" in way else {})
    put = {"bearer": bearer, "basic": basic, "cookie": cookie}.get(way)
    try:
        client.connect(
            guarded.service.url + query,
            headers=put(key) if put else {},
            transports=[transport],
            auth=auth | ({"after_id": 0} if "resuming" in way else {}),
            wait_timeout=10,
        )
        assert case == "right"
        assert client.call("subscribe", {"site": "mrc2"})["error"].startswith("the key read it may not read")
        client.disconnect()
    except socketio.exceptions.ConnectionError:
        assert case != "right"
        assert "key" in str(refused)


@pytest.mark.parametrize("path", ["/", "/watch"])
def test_a_key_for_one_site_leads_to_the_page_of_that_site(guarded: Guarded, path: str) -> None:
    headers = bearer(guarded.read_keys["right"])
    response = requests.get(f"{guarded.service.url}{path}", headers=headers, timeout=10)
    assert response.url.endswith("/watch/mrc1")


def test_no_key_is_in_the_log_or_in_an_answer(guarded: Guarded) -> None:
    service = guarded.service
    keys = [key for key in (*guarded.post_keys.values(), *guarded.read_keys.values()) if key]
    answers = []
    for key in keys:
        paths = ("/recent-logs?site=saf", f"/events?site=!&key={key}", f"/nowhere?key={key}")
        answers += [
            requests.get(f"{service.url}{path}", headers=bearer(key), timeout=10).text for path in paths
        ]
        answers.append(requests.post(f"{service.url}/newlog", key, headers=bearer(key), timeout=10).text)
    seen = service.log.read_text() + "".join(answers)
    assert [key for key in keys if key in seen] == []
    assert "us_" not in service.log.read_text()


def test_a_refusal_says_how_a_key_is_sent_to_programs_of_any_origin(guarded: Guarded) -> None:
    response = requests.get(
        f"{guarded.service.url}/sites", headers={"Origin": "https://a.example"}, timeout=10
    )
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in response.json()["error"]


def test_live_connections_of_a_revoked_key_end_within_seconds(guarded: Guarded) -> None:
    service, key = guarded.service, make_key(guarded.service, "short-lived", "mrc1", "read")
    viewer = Viewer(service.url, auth={"site": "mrc1", "key": key})
    stream = requests.get(f"{service.url}/events?site=mrc1&key={key}", stream=True, timeout=30)
    plain = websocket.create_connection(
        f"{service.url.replace('http', 'ws')}/ws?site=mrc1&key={key}", timeout=30
    )
    others = requests.get(
        f"{service.url}/events?site=mrc1&key={guarded.read_keys['right']}", stream=True, timeout=30
    )
    revoke_key(service, "short-lived")
    with closing(stream):
        assert "was revoked" in stream.text
    with suppress(websocket.WebSocketConnectionClosedException):
        while plain.recv():
            pass
    plain.shutdown()  # type: ignore[no-untyped-call]
    wait_until(lambda: not viewer.client.connected, "the viewer of Socket.IO is disconnected")
    viewer.leave()
    posted(service, "/newlog", bearer(guarded.post_keys["right"]))
    lines = others.iter_lines(chunk_size=1)
    wait_until(lambda: b"Dome open" in next(lines), "the others watch on")
    others.close()


def test_a_site_for_which_there_is_a_key_is_closed_while_others_stay_open(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        assert service.post(site="mrc1", log_message="x").status_code == 200
        key = keys_command(service, "add", "k", "--site", "mrc1").strip()
        wait_until(lambda: service.post(site="mrc1", log_message="x").status_code == 401, "it is closed")
        assert service.post(site="mrc2", log_message="x").status_code == 200
        assert posted(service, "/newlog", bearer(key)) == 200
        both = [{"site": "mrc2", "log_message": "both"}, {"site": "mrc1", "log_message": "both"}]
        assert requests.post(f"{service.url}/newlog", json=both, timeout=5).status_code == 401
        assert [each for each in service.recent(site="*") if each["message"] == "both"] == []
        assert requests.get(f"{service.url}/recent-logs?site=mrc1", timeout=5).status_code == 200


def test_only_named_hosts_are_answered(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, ALLOWED_HOSTS="status.example.org") as service:
        for path in ("/", "/sites", "/socket.io/?EIO=4&transport=polling", "/dev/ws"):
            refused = requests.get(f"{service.url}{path}", headers={"Host": "evil.example"}, timeout=5)
            assert refused.status_code == 421
            assert "ALLOWED_HOSTS" in refused.text
        named = {"Host": "status.example.org:8080"}
        assert requests.get(f"{service.url}/sites", headers=named, timeout=5).status_code == 200
        assert service.post(site="tst", log_message="x").status_code == 421
