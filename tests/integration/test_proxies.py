"""The service behind nginx and behind Caddy, with TLS: what each side gets, and what no log shows."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import requests
import websocket

from tests.support.proxies import Proxy, caddy, nginx
from tests.support.service import Service, running, wait_until
from userstatus.access.credentials import COOKIE

MESSAGE = '{"site": "tst", "log_message": "through a proxy"}'
KEY = "us_" + "k" * 32
CLIENT = "127.0.0.2"  # another address of this machine, to be told from the proxy's own
PROXIES = {"nginx": nginx, "caddy": caddy}
Behind = tuple[Service, Proxy]


@pytest.fixture(scope="module", params=PROXIES)
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    elsewhere = "https://www.example.org"
    with (
        running(f"sqlite:///{folder}/x.db", folder, CORS_ORIGINS=elsewhere) as service,
        PROXIES[request.param](service.port, folder) as proxy,
    ):
        yield service, proxy


def trusting(proxy: Proxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=proxy.certificate)


def by_http2(proxy: Proxy) -> httpx.Client:
    return httpx.Client(http1=False, http2=True, verify=trusting(proxy), base_url=proxy.url, timeout=20)


def test_the_service_knows_its_own_origin(behind: Behind) -> None:
    _, proxy = behind
    assert proxy.post("newlog", MESSAGE, headers={"Origin": proxy.url}).status_code == 200
    plain = proxy.url.replace("https", "http")
    assert proxy.post("newlog", MESSAGE, headers={"Origin": plain}).status_code == 403
    with by_http2(proxy) as client:
        assert client.post("/newlog", content=MESSAGE, headers={"Origin": proxy.url}).status_code == 200


def test_a_websocket_is_delivered_to(behind: Behind) -> None:
    _, proxy = behind
    address = f"wss://127.0.0.1:{proxy.port}/ws?site=tst"
    trust = {"ca_certs": proxy.certificate}
    viewer = websocket.create_connection(address, origin=proxy.url, sslopt=trust, timeout=20)
    with closing(viewer):
        assert proxy.post("newlog", MESSAGE).ok
        assert "through a proxy" in str(viewer.recv())


def test_server_sent_events_come_at_once_by_http2(behind: Behind) -> None:
    _, proxy = behind
    with by_http2(proxy) as client, client.stream("GET", "/events?site=tst") as response:
        assert (response.http_version, response.status_code) == ("HTTP/2", 200)
        lines = response.iter_lines()
        for number in range(3):  # each is received before the next is posted
            body = json.dumps({"site": "tst", "log_message": f"number {number}"})
            assert client.post("/newlog", content=body).http_version == "HTTP/2"
            assert any(f"number {number}" in line for line in lines)


def test_plain_http_is_redirected_and_a_post_stays_one(behind: Behind) -> None:
    _, proxy = behind
    plain = f"http://127.0.0.1:{proxy.plain}/watch/tst?level=error"
    redirected = requests.post(plain, allow_redirects=False, timeout=10)
    assert redirected.status_code == 308
    assert redirected.headers["Location"].startswith("https://")
    assert redirected.headers["Location"].endswith("/watch/tst?level=error")


def test_keys_in_urls_are_in_no_log(behind: Behind) -> None:
    service, proxy = behind
    headers = {
        "Referer": f"https://www.example.org/?key={KEY}",
        "Authorization": f"Bearer {KEY}",
        "Cookie": f"{COOKIE}={KEY}",
    }
    query = f"site=tst&key={KEY}"

    def ask() -> None:
        with by_http2(proxy) as client:
            for path in ("recent-logs", "events", "ws", "datastream", "socket.io/", "no/such/path"):
                proxy.get(f"{path}?{query}", headers=headers)
                client.get(f"/{path}?{query}", headers=headers)
        requests.get(f"http://127.0.0.1:{proxy.plain}/events?{query}", allow_redirects=False, timeout=10)

    ask()
    service.kill()
    try:
        ask()  # proxies log in full what goes wrong
    finally:
        service.start()
    logs = proxy.logs()
    assert re.search(r"/events\b.*\b502\b", "".join(logs.values())), "it is seen that the service was down"
    assert [name for name, text in logs.items() if KEY in text] == []


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "Forwarded", "X-Real-IP"]
)
def test_an_address_that_a_client_makes_up_does_not_reach_the_service(behind: Behind, name: str) -> None:
    service, proxy = behind
    before = len(service.log.read_text())
    made_up = "for=6.6.6.6" if name == "Forwarded" else "6.6.6.6, 127.0.0.1"
    connection = http.client.HTTPSConnection(
        "127.0.0.1", proxy.port, timeout=20, source_address=(CLIENT, 0), context=trusting(proxy)
    )
    with closing(connection):
        connection.putrequest("POST", "/newlog")
        for value in (made_up, "7.7.7.7"):
            connection.putheader(name, value)
        connection.putheader("X-Forwarded-Proto", "gopher")
        connection.putheader("Content-Length", "1")
        connection.endheaders(b"{")
        assert connection.getresponse().status == 400
    wait_until(lambda: f"from {CLIENT}" in service.log.read_text()[before:], "the service says who it was")
    assert not re.search(r"6\.6\.6\.6|7\.7\.7\.7|from 127\.0\.0\.1", service.log.read_text()[before:])


def test_a_client_that_speaks_http2_cannot_make_up_its_address_either(behind: Behind) -> None:
    service, proxy = behind
    before = len(service.log.read_text())
    headers = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "7.7.7.7"), ("x-forwarded-host", "evil")]
    with by_http2(proxy) as client:
        assert client.post("/newlog", content="{", headers=headers).status_code == 400
    wait_until(lambda: "from 127.0.0.1" in service.log.read_text()[before:], "the service says who it was")
    assert not re.search(r"6\.6\.6\.6|7\.7\.7\.7", service.log.read_text()[before:])
