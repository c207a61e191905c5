"""A key is in no log line, no answer and no metric, wherever it was put; nor is a text in the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import socketio
import websocket

from tests.support.keys import make_key, revoke_key
from tests.support.raw_http import LAST, exchange
from tests.support.service import Service, running, wait_until

WRONG = "us_" + "W" * 32
TEXT = "Observer's secret plan"
MESSAGE = json.dumps({"site": "a", "log_message": TEXT, "log_level": "loud"})


def over_http(service: Service, key: str) -> Iterator[str]:
    """All answers to a key in a header, a parameter and a cookie, on paths that are served and others."""
    ways = (
        {"headers": {"Authorization": f"Bearer {key}"}},
        {"auth": ("x", key)},
        {"params": {"site": "a", "key": key}},
        {"params": {"site": "a", "key": key}, "headers": {"Accept": "text/html"}},
        {"cookies": {"userstatus_key": key}},
        {"headers": {"Authorization": f"Bearer {key}", "X-Request-ID": key}},
    )
    served = ("/recent-logs", "/nowhere", "/dev/sites", "/events", "/ws", "/watch/a", "/socket.io/")
    in_the_path = (f"/newlog/{key}", f"/dev/{key}", f"/sign-in?next=/{key}")
    for way in ways:
        for path in served + in_the_path:
            with requests.get(
                f"{service.url}{path}", **way, stream=True, allow_redirects=False, timeout=9
            ) as answer:
                body = "" if path == "/events" and answer.ok else answer.text.replace(TEXT, "")
                yield f"{answer.headers}{body}"
        for body in (MESSAGE, MESSAGE[:-1], "[" + MESSAGE, MESSAGE.replace("loud", key)):
            answer = requests.post(f"{service.url}/newlog", body, timeout=9, **way)
            yield f"{answer.headers}{answer.text}"
    for method in ("POST", "DELETE"):
        answer = requests.request(method, f"{service.url}/sites/{key}", headers={"Origin": key}, timeout=9)
        yield f"{answer.headers}{answer.text}"
    answer = requests.post(f"{service.url}/sign-in", {"key": key}, allow_redirects=False, timeout=9)
    answer.headers.pop("Set-Cookie", None)  # where a browser keeps a right key
    yield f"{answer.headers}{answer.text}"


def over_sockets(service: Service, key: str) -> Iterator[str]:
    """What viewers are told who connect with a key."""
    try:
        client = websocket.create_connection(f"{service.url.replace('http', 'ws')}/ws?key={key}&site=a")
        client.send(MESSAGE[:-1])
        yield str(client.recv())
        client.shutdown()  # type: ignore[no-untyped-call]
    except websocket.WebSocketBadStatusException as refused:
        yield f"{refused.resp_headers}{refused.resp_body!r}"
    yield from polled_nonsense(service, key)
    viewer = socketio.SimpleClient()
    try:
        viewer.connect(service.url, auth={"key": key, "site": "a"})
        yield str(viewer.call("subscribe", {"site": "", "key": key}))
        viewer.disconnect()
    except socketio.exceptions.ConnectionError as refused:
        yield str(refused)


def polled_nonsense(service: Service, key: str) -> Iterator[str]:
    """What a polling viewer is told whose request is no text, or no packet."""
    for body in (f'40{{"key":"{key}"}}'.encode() + b"\xff", f"9{key}".encode(), f"42[{key}".encode()):
        url = f"{service.url}/socket.io/?EIO=4&transport=polling"
        opened = requests.get(url, timeout=9)
        if not opened.ok:
            yield opened.text
            continue
        answer = requests.post(f"{url}&sid={json.loads(opened.text[1:])['sid']}", body, timeout=9)
        yield f"{answer.headers}{answer.text}"


def broken(service: Service, key: str) -> Iterator[str]:
    """Answers to requests that are not valid HTTP."""
    for said in (
        f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization : Bearer {key}",
        f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization:\r\n Bearer {key}",
        f"GET / HTTP/1.1\r\nAuthorization Bearer {key}",
        f"Bearer {key}",
        f"GET {key} HTTP/1.1",
        f"POST /newlog HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{{}}{TEXT}",
        f"GET /events?key={key} HTTP/1.1\r\nHost: x\r\nHost: y",
    ):
        yield exchange(service, f"{said}\r\n\r\n".encode() + LAST).decode()


WAYS: list[Callable[[Service, str], Iterator[str]]] = [over_http, over_sockets, broken]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_keys_and_texts_stay_where_they_belong(tmp_path: Path, log_format: str) -> None:
    settings = {"LOG_FORMAT": log_format, "LOG_LEVEL": "debug", "READING": "keys", "POSTING": "keys"}
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, **settings) as service:
        key = make_key(service, "mine", "a", "post,read")
        watcher = {"Authorization": f"Bearer {make_key(service, 'metrics', '*', 'read')}"}
        told = [each for secret in (key, WRONG) for way in WAYS for each in way(service, secret)]
        told.append(requests.get(f"{service.url}/metrics", headers=watcher, timeout=9).text)
        revoke_key(service, "mine")
        bearer = {"Authorization": f"Bearer {key}"}
        sites = f"{service.url}/sites"
        is_revoked = lambda: requests.get(sites, headers=bearer, timeout=9).status_code == 401  # noqa: E731
        wait_until(is_revoked, "the key is revoked")
        told += [each for way in WAYS for each in way(service, key)]
        for file in tmp_path.glob("x.db*"):
            file.rename(tmp_path / f"gone-{file.name}")
        told += over_http(service, key)
        told.append(requests.get(f"{service.url}/metrics", headers=watcher, timeout=9).text)
        assert service.stop() == 0
        log = service.log.read_text()
    for secret in (key, WRONG):
        part = secret[:11]  # a piece of it would be too much as well
        assert [each for each in told if part in each] == []
        assert [line for line in log.splitlines() if part in line] == []
    assert [line for line in log.splitlines() if TEXT[:12] in line] == []
