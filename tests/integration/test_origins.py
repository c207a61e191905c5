"""Pages of other origins: what they may do, and what browsers are told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
import requests
from websocket import create_connection

from tests.support.raw_http import MESSAGE, POLLING, exchange
from tests.support.service import Service

ELSEWHERE = {"Origin": "https://b.example"}


@pytest.mark.parametrize(
    "path", ["/newlog", "/logs/newlog", "/dev/newlog", "/newlog/", "//newlog", "/nowhere"]
)
def test_a_page_of_an_origin_that_is_not_allowed_cannot_post(strict: Service, path: str) -> None:
    site = "origins" + path.replace("/", "-")

    def posted(text: str, **headers: str) -> requests.Response:
        body = json.dumps({"site": site, "log_message": text})
        return requests.post(strict.url + path, body, headers=headers, timeout=5)

    response = posted("rejected", **ELSEWHERE)
    assert (response.status_code, "https://b.example" in response.json()["error"]) == (403, True)
    assert posted("rejected, too", Origin="null").status_code == 403
    known = 404 if path == "/nowhere" else 200
    assert posted("of a program").status_code == known
    assert posted("of a page", Origin="https://a.example").status_code == known
    assert posted("of our own", Origin=strict.url).status_code == known
    stage = f"{strict.url}/dev" if path.startswith("/dev/") else strict.url
    body = json.dumps({"site": site, "log_message": "after all"})
    requests.post(f"{stage}/newlog", body, timeout=5).raise_for_status()
    taken = ["of a program", "of a page", "of our own"] if known == 200 else []
    found = requests.get(f"{stage}/recent-logs?site={site}", timeout=5).json()
    assert [message["message"] for message in found] == [*taken, "after all"]


def test_a_proxy_may_say_that_it_was_asked_by_tls_but_nothing_else(strict: Service) -> None:
    def posted(scheme: str, origin: str) -> int:
        headers = {
            "X-Forwarded-For": "203.0.113.9",
            "X-Forwarded-Proto": scheme,
            "Origin": origin,
            "Host": "h",
        }
        return requests.post(f"{strict.url}/newlog", MESSAGE, headers=headers, timeout=5).status_code

    assert posted("https", "https://h") == 200
    assert posted("http,https", "https://h") == 200
    assert posted("javascript", "javascript://h") == 403
    assert posted("javascript", "http://h") == 200


@pytest.mark.parametrize(
    "path", ["/watch", "/watch/", "//watch", "/watch//tst", "/logs//healthz", "//b.example/.."]
)
def test_no_redirect_leads_to_a_host_chosen_by_the_client(service: Service, path: str) -> None:
    response = exchange(
        service,
        b"GET %b HTTP/1.1\r\nHost: b.example\r\nX-Forwarded-Proto: javascript\r\nX-Forwarded-For: 9.9.9.9\r\n"
        b"X-Forwarded-Host: b.example\r\nConnection: close\r\n\r\n" % path.encode(),
    )
    locations = re.findall(rb"\r\nLocation: ([^\r]*)", response)
    assert all(re.match(rb"/[^/]", location) for location in locations), locations


def every_kind(service: Service) -> Iterator[requests.Response]:
    session = requests.Session()
    for method, path, body in (
        ("GET", "/", None),
        ("GET", "/watch", None),
        ("GET", "/static/nothing.js", None),
        ("GET", "/healthz", None),
        ("GET", "/recent-logs?site=tst", None),
        ("POST", "/newlog", MESSAGE),
        ("POST", "/newlog", b"{"),
        ("OPTIONS", "/newlog", None),
        ("GET", "/events?site=tst", None),
        ("GET", POLLING, None),
        ("GET", f"{POLLING}&sid=none", None),
        ("GET", "/socket.io/?EIO=3", None),
    ):
        with session.request(
            method, service.url + path, data=body, timeout=5, stream=True, allow_redirects=False
        ) as response:
            yield response


def test_the_response_to_a_websockets_handshake_tells_browsers_so_too(service: Service) -> None:
    for path in ("/ws?site=tst", "/socket.io/?EIO=4&transport=websocket"):
        client = create_connection(f"ws://127.0.0.1:{service.port}{path}", timeout=5)
        assert (client.getheaders() or {})["x-content-type-options"] == "nosniff"
        client.shutdown()  # type: ignore[no-untyped-call]


def test_every_response_tells_browsers_not_to_guess_its_type(service: Service) -> None:
    for response in every_kind(service):
        assert response.headers.get("X-Content-Type-Options") == "nosniff", response.url
    with closing(create_connection(f"{service.url.replace('http', 'ws')}/ws?site=tst", timeout=5)) as viewer:
        assert (viewer.getheaders() or {})["x-content-type-options"] == "nosniff"


def test_a_page_elsewhere_cannot_frame_ours(service: Service) -> None:
    policy = requests.get(service.url, timeout=5).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
