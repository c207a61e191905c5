"""Keys: every way in, with no key, a wrong, a revoked, another site's, and a right one."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
import socketio
import websocket

from tests.support.keys import keys_command
from tests.support.service import Service, running, wait_until
from tests.support.viewers import Viewer

NOBODY = None
REFUSED = {"none": 401, "wrong": 401, "revoked": 401, "elsewhere": 403, "other right": 403, "right": 200}
WRONG = "us_" + "w" * 32


class Guarded:
    """A service, and a key for each case; `mrc1` is the site that is posted to and read."""

    def __init__(self, service: Service):
        self.service = service
        self.post_keys = self._keys("post", "read")
        self.read_keys = self._keys("read", "post")

    def knows(self, stage: str, key: str | None, revoked: str | None) -> bool:
        """Whether a stage of the service takes one of the keys and no longer the other one."""
        url = f"{self.service.url}{stage}/sites?site=mrc1"
        found = [requests.get(url, headers=bearer(each), timeout=5).status_code for each in (key, revoked)]
        return found == [200, 401]

    def add(self, name: str, site: str, may: str) -> str:
        return keys_command(self.service, "add", name, "--site", site, "--may", may).strip()

    def _keys(self, right: str, other: str) -> dict[str, str | None]:
        found: dict[str, str | None] = {
            "none": None,
            "wrong": WRONG,
            "revoked": self.add(f"{right} revoked", "*", "post,read"),
            "elsewhere": self.add(f"{right} elsewhere", "mrc2", right),
            "other right": self.add(f"{right} not", "*", other),
            "right": self.add(f"{right} it", "mrc1", right),
        }
        keys_command(self.service, "revoke", f"{right} revoked")
        return found


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    with running(f"sqlite:///{folder}/x.db", folder, POSTING="keys", READING="keys") as service:
        found = Guarded(service)
        new, old = found.read_keys["right"], found.read_keys["revoked"]
        for stage in ("", "/dev"):
            knows = partial(found.knows, stage, new, old)
            wait_until(knows, "the service knows the keys")
        yield found


def bearer(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def basic(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Basic {b64encode(f'mrc1:{key}'.encode()).decode()}"}


BODY = json.dumps({"site": "mrc1", "log_message": "Dome open"})


def posted(service: Service, path: str, headers: dict[str, str]) -> int:
    return requests.post(f"{service.url}{path}", BODY, headers=headers, timeout=10).status_code


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/newlog", "/logs/newlog", "/dev/newlog", "/newlog/"])
@pytest.mark.parametrize("put", [bearer, basic])
def test_a_post_needs_a_key_that_may_post_for_its_site(
    guarded: Guarded, path: str, put: Callable[[str | None], dict[str, str]], case: str
) -> None:
    assert posted(guarded.service, path, put(guarded.post_keys[case])) == REFUSED[case]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/ws", "/datastream", "/dev/ws", "/logs/datastream"])
def test_a_post_over_a_websocket_needs_a_key_as_well(guarded: Guarded, path: str, case: str) -> None:
    key = (
        guarded.add(f"both{path.replace('/', '.')}", "mrc1", "read,post")
        if case == "right"
        else guarded.post_keys[case]
    )
    newlog = f"{path.rpartition('/')[0]}/newlog"
    if case == "right":
        wait_until(lambda: posted(guarded.service, newlog, bearer(key)) == 200, "the stage knows it")
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


READ = [
    "/recent-logs?site=mrc1",
    "/recent-logs?site=mrc1&wait=1&after_id=999999",
    "/sites?site=mrc1",
    "/activity?site=mrc1",
    "/watch/mrc1",
]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("prefix", ["", "/logs", "/dev"])
@pytest.mark.parametrize("path", READ)
def test_whatever_shows_messages_needs_a_key_that_may_read_the_site(
    guarded: Guarded, prefix: str, path: str, case: str
) -> None:
    key = guarded.read_keys[case]
    found = [
        requests.get(f"{guarded.service.url}{prefix}{path}", headers=put(key), timeout=10).status_code
        for put in (bearer, basic)
    ]
    assert found == [REFUSED[case]] * 2


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("path", ["/events", "/ws", "/datastream", "/dev/events", "/dev/ws"])
def test_a_stream_needs_one_in_its_address_or_in_a_header(guarded: Guarded, path: str, case: str) -> None:
    key, url = guarded.read_keys[case], f"{guarded.service.url}{path}?site=mrc1"
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    headers = {} if "events" in path else upgrade
    for address, more in ((f"{url}&key={key or ''}", {}), (url, bearer(key))):
        with requests.get(address, headers={**headers, **more}, timeout=10, stream=True) as response:
            expected = 101 if REFUSED[case] == 200 and headers else REFUSED[case]
            assert response.status_code == expected


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize("way", ["auth", "header", "query"])
@pytest.mark.parametrize("cursor", [{}, {"after_id": 0}], ids=["live", "resuming"])
def test_a_viewer_of_socketio_needs_one(
    guarded: Guarded, transport: str, case: str, way: str, cursor: dict[str, int]
) -> None:
    key = guarded.read_keys[case]
    client = socketio.Client(reconnection=False)
    refused: list[Any] = []
    client.on("connect_error", refused.append)
    query = f"?key={key}" if key and way == "query" else ""
    auth = {"site": "mrc1", **({"key": key} if key and way == "auth" else {}), **cursor}
    try:
        client.connect(
            guarded.service.url + query,
            headers=bearer(key) if way == "header" else {},
            transports=[transport],
            auth=auth,
            wait_timeout=10,
        )
        assert case == "right"
        assert client.call("subscribe", {"site": "mrc2"})["error"].startswith("the key read it may not read")
        client.disconnect()
    except socketio.exceptions.ConnectionError:
        assert case != "right"
        assert "key" in str(refused)


@pytest.mark.parametrize(
    "path", ["/", "/watch", "/watch/*", "/sites", "/recent-logs?site=*", "/events?site=*"]
)
def test_a_key_for_one_site_does_not_open_every_site(guarded: Guarded, path: str) -> None:
    response = requests.get(
        f"{guarded.service.url}{path}",
        headers=bearer(guarded.read_keys["right"]),
        timeout=10,
        allow_redirects=False,
    )
    assert response.status_code == 403 or response.headers["Location"].endswith("/watch/mrc1")


@pytest.mark.parametrize("path", ["/healthz", "/static/user-status.js", "/sign-in", "/static/pages/wall.js"])
def test_what_shows_no_messages_stays_open(guarded: Guarded, path: str) -> None:
    assert requests.get(f"{guarded.service.url}{path}", timeout=10).status_code == 200


def test_no_key_is_in_the_log_or_in_an_answer(guarded: Guarded) -> None:
    service = guarded.service
    keys = [key for key in {**guarded.post_keys, **guarded.read_keys}.values() if key]
    answers = []
    for key in keys:
        paths = ("/recent-logs?site=saf", f"/events?site=saf&key={key}", f"/nowhere?key={key}")
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
    service, key = guarded.service, guarded.add("short-lived", "mrc1", "read")
    wait_until(
        lambda: requests.get(f"{service.url}/sites?site=mrc1", headers=bearer(key), timeout=5).ok,
        "it is known",
    )
    viewer = Viewer(service.url, auth={"site": "mrc1", "key": key})
    stream = requests.get(f"{service.url}/events?site=mrc1&key={key}", stream=True, timeout=30)
    plain = websocket.create_connection(
        f"{service.url.replace('http', 'ws')}/ws?site=mrc1&key={key}", timeout=30
    )
    others = requests.get(
        f"{service.url}/events?site=mrc1&key={guarded.read_keys['right']}", stream=True, timeout=30
    )
    keys_command(service, "revoke", "short-lived")
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
