"""The service behind nginx, with TLS: what viewers get, what the service gets, and what no log shows."""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import httpx
import psutil
import pytest
import requests
import websocket

from tests.support.nginx import Proxy, nginx
from tests.support.service import Service, running, wait_until

MESSAGE = '{"site": "tst", "log_message": "through nginx"}'
KEY = "us_" + "k" * 32
SLOW = 200  # connections
CLIENT = "127.0.0.2"  # another address of this machine, to be told from nginx's own


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[Service, Proxy]]:
    elsewhere = "https://www.example.org"
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, CORS_ORIGINS=elsewhere) as service,
        nginx(service.port, tmp_path) as proxy,
    ):
        yield service, proxy


def connect(proxy: Proxy) -> ssl.SSLSocket:
    """A bare connection with TLS, of the client with an address of its own."""
    context = ssl.create_default_context(cafile=proxy.certificate)
    plain = socket.create_connection(("127.0.0.1", proxy.port), 60, source_address=(CLIENT, 0))
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def exchange(proxy: Proxy, said: bytes) -> bytes:
    """Send bytes, and return what is received until nginx ends the connection."""
    received = b""
    with connect(proxy) as connection, suppress(ConnectionError):
        connection.sendall(said)
        while part := connection.recv(65536):
            received += part
    return received


def by_http2(proxy: Proxy) -> httpx.Client:
    context = ssl.create_default_context(cafile=proxy.certificate)
    return httpx.Client(http1=False, http2=True, verify=context, base_url=proxy.url, timeout=20)


def test_the_service_knows_its_own_origin(behind: tuple[Service, Proxy]) -> None:
    _, proxy = behind
    assert proxy.post("newlog", MESSAGE, headers={"Origin": proxy.url}).status_code == 200
    plain = proxy.url.replace("https", "http")
    assert proxy.post("newlog", MESSAGE, headers={"Origin": plain}).status_code == 403
    with by_http2(proxy) as client:
        assert client.post("/newlog", content=MESSAGE, headers={"Origin": proxy.url}).status_code == 200


def test_a_websocket_is_delivered_to(behind: tuple[Service, Proxy]) -> None:
    _, proxy = behind
    address = f"wss://127.0.0.1:{proxy.port}/ws?site=tst"
    viewer = websocket.create_connection(
        address, origin=proxy.url, sslopt={"ca_certs": proxy.certificate}, timeout=20
    )
    with closing(viewer):
        assert proxy.post("newlog", MESSAGE).ok
        assert "through nginx" in str(viewer.recv())


def test_server_sent_events_come_at_once_by_http2(behind: tuple[Service, Proxy]) -> None:
    _, proxy = behind
    with by_http2(proxy) as client, client.stream("GET", "/events?site=tst") as response:
        assert (response.http_version, response.status_code) == ("HTTP/2", 200)
        lines = response.iter_lines()
        for number in range(3):  # each is received before the next is posted
            body = json.dumps({"site": "tst", "log_message": f"number {number}"})
            assert client.post("/newlog", content=body).http_version == "HTTP/2"
            assert any(f"number {number}" in line for line in lines)


def test_plain_http_is_redirected_and_a_post_stays_one(behind: tuple[Service, Proxy]) -> None:
    _, proxy = behind
    plain = f"http://127.0.0.1:{proxy.plain}/watch/tst?level=error"
    for host in ("status.example.org", "evil.example"):
        redirected = requests.post(plain, headers={"Host": host}, allow_redirects=False, timeout=10)
        assert redirected.status_code == 308
        assert redirected.headers["Location"] == "https://status.example.org/watch/tst?level=error"


def test_keys_in_urls_are_in_no_log(behind: tuple[Service, Proxy]) -> None:
    service, proxy = behind
    referrer = {"Referer": f"https://www.example.org/?key={KEY}", "Authorization": f"Bearer {KEY}"}

    def ask() -> None:
        with by_http2(proxy) as client:
            for path in ("recent-logs", "events", "ws", "datastream", "socket.io/", "no/such/path"):
                query = f"site=tst&key={KEY}"
                proxy.get(f"{path}?{query}", headers=referrer)
                client.get(f"/{path}?{query}", headers=referrer)
        requests.get(f"http://127.0.0.1:{proxy.plain}/events?key={KEY}", allow_redirects=False, timeout=10)
        exchange(proxy, b"GET /x?key=%b HTTP/1.1\r\nHost: %b\r\n\r\n" % (KEY.encode(), b"h" * 40_000))

    ask()
    service.kill()
    ask()  # nginx's errors would name the whole request
    log = proxy.log()
    assert re.search(r'^127\.0\.0\.1 \[[^]]+\] "GET /events HTTP/2\.0" 401 .*: 401$', log, re.MULTILINE)
    assert re.search(r'"GET /events HTTP/2\.0" 502 ', log)
    files = [path for path in proxy.folder.iterdir() if path.suffix == ".log"]
    assert {"userstatus.log", "userstatus-error.log", "error.log", service.log.name} <= {
        path.name for path in files
    }
    for path in files:
        assert KEY not in path.read_text(), path.name


@pytest.mark.parametrize(
    "name", ["X-Forwarded-For", "x-forwarded-for", "X_Forwarded_For", "Forwarded", "X-Real-IP"]
)
def test_an_address_that_a_client_makes_up_does_not_reach_the_service(
    behind: tuple[Service, Proxy], name: str
) -> None:
    service, proxy = behind
    forged = "for=6.6.6.6" if name == "Forwarded" else "6.6.6.6, 127.0.0.1"
    context = ssl.create_default_context(cafile=proxy.certificate)
    with closing(
        http.client.HTTPSConnection(
            "127.0.0.1", proxy.port, timeout=20, source_address=(CLIENT, 0), context=context
        )
    ) as connection:
        connection.putrequest("POST", "/newlog")
        for value in (forged, "7.7.7.7"):
            connection.putheader(name, value)
        connection.putheader("X-Forwarded-Proto", "gopher")
        connection.putheader("Content-Length", "1")
        connection.endheaders(b"{")
        assert connection.getresponse().status == 400
    wait_until(lambda: f"from {CLIENT}" in service.log.read_text(), "the service says who it was")
    assert not re.search(r"6\.6\.6\.6|7\.7\.7\.7|from 127\.0\.0\.1", service.log.read_text())


def test_a_client_behind_http2_cannot_make_up_its_address_either(behind: tuple[Service, Proxy]) -> None:
    service, proxy = behind
    with by_http2(proxy) as client:
        headers = [
            ("x-forwarded-for", "6.6.6.6"),
            ("x-forwarded-for", "7.7.7.7"),
            ("x-forwarded-host", "evil"),
        ]
        assert client.post("/newlog", content="{", headers=headers).status_code == 400
    wait_until(lambda: "from 127.0.0.1" in service.log.read_text(), "the service says who it was")
    assert not re.search(r"6\.6\.6\.6|7\.7\.7\.7", service.log.read_text())


def test_only_an_upgrade_to_websocket_is_passed_on(behind: tuple[Service, Proxy]) -> None:
    _, proxy = behind
    smuggled = b"GET /recent-logs?site=smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for protocol in (b"h2c", b"websocket, h2c", b"websocketx", b"TLS/1.2", b"websocket"):
        for path in (b"/healthz", b"/newlog", b"/ws"):
            head = b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\n"
            received = exchange(
                proxy, head % (path, protocol) + b"HTTP2-Settings: AAMAAABk\r\n\r\n" + smuggled
            )
            assert b" 101 " not in received, (path, protocol)
            assert received.count(b"HTTP/1.1 ") in (1, 2)
    log = proxy.log()
    answered = re.findall(r'^(\S+) .* "GET /recent-logs HTTP/1.1" 200', log, re.MULTILINE)
    assert answered, "what follows is a request like any other"
    assert set(answered) == {CLIENT}


def test_requests_that_are_too_large_or_ambiguous_do_not_reach_the_service(
    behind: tuple[Service, Proxy],
) -> None:
    service, proxy = behind
    host = b"Host: status.example.org\r\nConnection: close\r\n"
    post = b"POST /newlog HTTP/1.1\r\n" + host
    large = b"x" * 100_000
    many = b"".join(b"X-%d: %b\r\n" % (number, large[:7000]) for number in range(9))
    for status, request in (
        (400, b"GET /healthz HTTP/1.1\r\n" + host + b"X-Large: " + large + b"\r\n\r\n"),
        (400, b"GET /healthz HTTP/1.1\r\n" + host + many + b"\r\n"),
        (414, b"GET /healthz?" + large + b" HTTP/1.1\r\n" + host + b"\r\n"),
        (413, post + b"Content-Length: 2000000\r\n\r\n"),
        (400, post + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, post + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n12345"),
        (400, b"GET /healthz HTTP/1.1\r\n" + host + host + b"\r\n"),
        (501, post + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ):  # fmt: skip
        received = exchange(proxy, request)
        assert received.startswith(b"HTTP/1.1 %d " % status), (status, request[:80], received[:80])
    assert " 200 " not in re.sub(r'.*"GET / HTTP.*\n', "", proxy.log())
    assert "rejected" not in service.log.read_text()
    assert proxy.post("newlog", MESSAGE).ok


def test_slow_heads_and_bodies_wait_in_nginx_and_not_for_long(behind: tuple[Service, Proxy]) -> None:
    service, proxy = behind
    head = b"POST /newlog HTTP/1.1\r\nHost: x\r\n"
    process = psutil.Process(service.pid)
    before = len(process.net_connections())
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(proxy)) for _ in range(SLOW)]
        for number, connection in enumerate(slow):
            connection.sendall(head + (b"Content-Length: 100\r\n\r\n{" if number % 2 else b"X-Slow"))
        for _ in range(20):
            assert proxy.post("newlog", MESSAGE).ok
        assert len(process.net_connections()) < before + SLOW // 10
        for number, connection in enumerate(slow):
            with suppress(ConnectionError):
                received = connection.recv(65536)
                assert received == b"" or b" 408 " in received, number
    assert "through nginx" in json.dumps(service.recent(site="tst"))
