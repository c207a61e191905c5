"""nginx in front of the service: what it does not pass on, and what waits in it."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.proxies import Proxy, nginx
from tests.support.service import Service

MESSAGE = '{"site": "tst", "log_message": "through nginx"}'
SLOW = 200  # connections
CLIENT = "127.0.0.2"  # another address of this machine, to be told from nginx's own


@pytest.fixture
def proxy(service: Service, tmp_path: Path) -> Iterator[Proxy]:
    with nginx(service.port, tmp_path) as running:
        yield running


def connect(proxy: Proxy) -> ssl.SSLSocket:
    """A bare connection with TLS, of the client with an address of its own."""
    context = ssl.create_default_context(cafile=proxy.certificate)
    plain = socket.create_connection(("127.0.0.1", proxy.port), 60, source_address=(CLIENT, 0))
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def exchange(proxy: Proxy, said: bytes) -> bytes:
    """Send bytes, and return what is received until nginx ends the connection."""
    received = b""
    with connect(proxy) as connection, suppress(ConnectionError):
        with suppress(ssl.SSLEOFError):  # nginx need not read all of what it rejects
            connection.sendall(said)
        while part := connection.recv(65536):
            received += part
    return received


def test_plain_http_leads_to_no_other_name(proxy: Proxy) -> None:
    plain = f"http://127.0.0.1:{proxy.plain}/watch/tst"
    redirected = requests.get(plain, headers={"Host": "evil.example"}, allow_redirects=False, timeout=10)
    assert redirected.headers["Location"] == "https://status.example.org/watch/tst"


def test_the_access_log_shows_who_asked_for_what_but_no_query(proxy: Proxy) -> None:
    key = "us_" + "k" * 32
    proxy.get(f"events?key={key}")
    exchange(proxy, b"GET /x?key=%b HTTP/1.1\r\nHost: %b\r\n\r\n" % (key.encode(), b"h" * 40_000))
    log = proxy.logs()["userstatus.log"]
    assert re.search(r'^127\.0\.0\.1 \[[^]]+\] "GET /events HTTP/1\.1" 401 .*: 401$', log, re.MULTILINE)
    assert not any(key in text for text in proxy.logs().values())


def test_only_an_upgrade_to_websocket_is_passed_on(proxy: Proxy) -> None:
    smuggled = b"GET /recent-logs?site=smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    for protocol in (b"h2c", b"websocket, h2c", b"websocketx", b"TLS/1.2", b"websocket"):
        for path in (b"/healthz", b"/newlog", b"/ws"):
            head = b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: %b\r\n"
            received = exchange(
                proxy, head % (path, protocol) + b"HTTP2-Settings: AAMAAABk\r\n\r\n" + smuggled
            )
            assert b" 101 " not in received, (path, protocol)
            assert received.count(b"HTTP/1.1 ") in (1, 2)
    log = proxy.logs()["userstatus.log"]
    answered = re.findall(r'^(\S+) .* "GET /recent-logs HTTP/1.1" 200', log, re.MULTILINE)
    assert answered, "what follows is a request like any other"
    assert set(answered) == {CLIENT}


def test_requests_that_are_too_large_or_ambiguous_do_not_reach_the_service(
    service: Service, proxy: Proxy
) -> None:
    before = len(service.log.read_text())
    host = b"Host: status.example.org\r\nConnection: close\r\n"
    post = b"POST /newlog HTTP/1.1\r\n" + host
    large = b"x" * 9000  # nginx allows 8 KB for a line, and four times as much in all
    many = b"".join(b"X-%d: %b\r\n" % (number, large[:7000]) for number in range(5))
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
    assert " 200 " not in re.sub(r'.*"GET / HTTP.*\n', "", proxy.logs()["userstatus.log"])
    assert "rejected" not in service.log.read_text()[before:]
    assert proxy.post("newlog", MESSAGE).ok


def test_slow_heads_and_bodies_wait_in_nginx_and_not_for_long(service: Service, proxy: Proxy) -> None:
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
