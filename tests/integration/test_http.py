"""HTTP as spoken by clients, proxies and attackers: what is accepted, and what is rejected."""

from __future__ import annotations

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.inspection import without_traceback
from tests.support.raw_http import HEALTHZ, LAST, MESSAGE, exchange, opening, posting, status
from tests.support.service import Service, running
from userstatus.web.listener import listen

CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(MESSAGE), MESSAGE)

# Starts the service with deadlines of one second for a whole head and a whole body.
IMPATIENT = """
from userstatus import eventloop
eventloop.patch()
from userstatus.web import http_server
from userstatus import server
http_server.MAX_HEAD_S = http_server.MAX_BODY_S = 1
server.main()
"""


def rejected(response: bytes, code: int) -> str:
    """Check that this is one rejection, and the last response of its connection; returns its error."""
    head, _, body = response.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert status(response) == code, response
    assert response.count(b"HTTP/1.1 ") == 1
    assert b"content-type: application/json" in lines
    assert b"connection: close" in lines
    assert b"access-control-allow-origin: *" in lines
    assert b"x-content-type-options: nosniff" in lines
    error: str = json.loads(body)["error"]
    return error


@pytest.mark.parametrize(
    "headers",
    [
        (b"Transfer-Encoding: xchunked",),
        (b"Transfer-Encoding: chunked, identity",),
        (b"Transfer-Encoding: gzip, chunked",),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
        (b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
        (b"Transfer-Encoding:",),
        (b"Transfer-Encoding : chunked",),
        (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b"Content-Length: 5, 6",),
        (b"Content-Length: +0",),
        (b"Content-Length: 1_0",),
        (b"Content-Length: -1",),
        (b"Content-Length: 0x10",),
        (b"Content-Length:",),
        (b"Content-Length : 5",),
        (b"X-Folded: a", b" Content-Length: 5"),
        (b"no header at all",),
        (b": nameless",),
        (b"X: a\rContent-Length: 5",),
        (b"X: a\0b",),
        (b"Host: y",),
    ],
    ids=lambda headers: b" & ".join(headers).decode(),
)
def test_an_ambiguous_head_is_rejected(service: Service, headers: tuple[bytes, ...]) -> None:
    """Nothing after it is read as another request, as it could be the body."""
    rejected(exchange(service, posting(*headers, body=CHUNKS) + LAST), 400)


@pytest.mark.parametrize(
    "body",
    [
        b"+5\r\nabcde\r\n0\r\n\r\n",
        b"0x5\r\nabcde\r\n0\r\n\r\n",
        b"3\r\nabcde\r\n0\r\n\r\n",
        b"-5\r\n",
        b"1_0\r\n",
    ],
)
def test_ambiguous_chunks_are_rejected(service: Service, body: bytes) -> None:
    rejected(exchange(service, posting(b"Transfer-Encoding: chunked", body=body) + LAST), 408)


def test_a_response_to_head_has_no_body_that_the_next_response_would_seem_to_begin_with(
    service: Service,
) -> None:
    heads = [
        b"HEAD %b HTTP/1.1\r\nHost: x\r\n\r\n" % path for path in (b"/socket.io/", b"/recent-logs", b"/")
    ]
    *responses, last = exchange(service, b"".join(heads) + LAST).split(b"HTTP/1.1 ")[1:]
    assert [response.partition(b"\r\n\r\n")[2] for response in responses] == [b"", b"", b""]
    assert last.startswith(b"200 ")


def test_an_unread_invalid_body_causes_no_server_error(service: Service) -> None:
    with without_traceback(service):
        response = exchange(
            service, b"POST /nowhere HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
        )
        assert status(response) == 404


def test_an_endless_line_in_a_chunked_body_is_not_kept(service: Service) -> None:
    rejected(exchange(service, posting(b"Transfer-Encoding: chunked", body=b"1" * 100_000)), 408)


@pytest.mark.parametrize("encoding", [b"chunked", b"Chunked"])
def test_chunks_with_extensions_and_trailers_are_accepted(service: Service, encoding: bytes) -> None:
    body = b"%x;a=b\r\n%b\r\n0\r\nX: y\r\n\r\n" % (len(MESSAGE), MESSAGE)
    response = exchange(service, posting(b"Transfer-Encoding: " + encoding, body=body) + LAST)
    assert (status(response), response.count(b"HTTP/1.1 200 ")) == (200, 2)


def test_empty_lines_before_a_request_are_skipped(service: Service) -> None:
    posted = posting(b"Content-Length: %d" % len(MESSAGE))
    response = exchange(service, b"\r\n" + posted + b"\r\n\n" + LAST)
    assert response.count(b"HTTP/1.1 200 ") == 2
    rejected(exchange(service, b"\r\n" * 1000 + LAST), 400)
    rejected(exchange(service, b"\rX" + LAST), 400)


def test_an_empty_line_after_a_body_does_not_begin_a_request(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", IMPATIENT) as service,
        socket.create_connection(("127.0.0.1", service.port), 10) as resting,
        socket.create_connection(("127.0.0.1", service.port), 10) as begun,
    ):
        resting.sendall(posting(b"Content-Length: %d" % len(MESSAGE)) + b"\r\n")
        assert resting.recv(1000).startswith(b"HTTP/1.1 200 ")
        begun.sendall(b"G")
        assert status(begun.recv(1000)) == 408, "a request that has begun has to go on"
        resting.sendall(HEALTHZ)
        assert resting.recv(1000).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("target", [b"http://x/healthz", b"HTTP://other:80/healthz?", b"http://x//healthz"])
def test_the_target_of_a_request_may_be_absolute(service: Service, target: bytes) -> None:
    response = exchange(service, b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)
    assert (status(response), b'"ok"' in response) == (200, True)


@pytest.mark.parametrize("target", [b"*", b"http://x", b"http://x?a"])
def test_an_options_request_may_be_about_the_whole_service(service: Service, target: bytes) -> None:
    response = exchange(service, b"OPTIONS %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % target)
    assert (status(response), b"Access-Control-Allow-Methods: GET, POST" in response) == (200, True)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"x" * 9000), 414),
        (b"GET / HTTP/1.1\r\nX: %b\r\n\r\n" % (b"x" * 9000), 431),
        (b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: x\r\n" * 101), 431),
        (b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: %b\r\n" % (b"x" * 8000) * 9), 431),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 400),
        (b"GET / HTTP/1.1.1\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\n\r\n", 400),
        (b"GET healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n\r\n", 400),
        (b"GET /a\tb HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT example.org:443 HTTP/1.1\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 400),
    ],
)
def test_what_never_reaches_the_application_is_rejected_like_everything_else(
    service: Service, said: bytes, code: int
) -> None:
    assert rejected(exchange(service, said), code)


@pytest.mark.parametrize("header", [b"", b"Connection: keep-alive, upgraded\r\n"])
def test_half_an_upgrade_request_causes_no_server_error(service: Service, header: bytes) -> None:
    said = opening("/socket.io/?EIO=4&transport=websocket")
    response = exchange(service, said.replace(b"Connection: Upgrade\r\n", header) + LAST)
    assert (status(response), response.count(b"HTTP/1.1 200 ")) == (400, 1)


def test_such_a_rejection_arrives_even_if_much_of_the_request_is_unread(service: Service) -> None:
    rejected(exchange(service, b"GET / HTTP/3.0\r\n\r\n" + b"x" * 1_000_000), 505)


def test_a_page_of_an_allowed_origin_can_read_such_a_rejection(strict: Service) -> None:
    said = b"POST /newlog HTTP/1.1\r\nHost: x\r\nOrigin: https://%b.example\r\nContent-Length: x\r\n\r\n"
    assert b"Access-Control-Allow-Origin: https://a.example\r\n" in exchange(strict, said % b"a")
    assert b"Access-Control-Allow-Origin" not in exchange(strict, said % b"b")


def drip(service: Service, said: bytes) -> bytes:
    """Send `said` at once, and then one byte at a time; returns the response."""
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(said)
        connection.settimeout(0.1)
        for _ in range(50):
            with suppress(TimeoutError):
                connection.sendall(b"1")
                return connection.recv(1000)
    raise AssertionError("it may go on for ever")


def test_a_client_that_sends_a_byte_at_a_time_is_disconnected(tmp_path: Path) -> None:
    beginnings = (
        b"G",
        b"GET / HTTP/1.1\r\nX: ",
        posting(b"Content-Length: 1000", body=b""),
        posting(b"Transfer-Encoding: chunked", body=b"fff\r\n"),
    )
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", IMPATIENT) as service,
        ThreadPoolExecutor(len(beginnings)) as dripping,
        socket.create_connection(("127.0.0.1", service.port), 10) as resting,
    ):
        resting.sendall(HEALTHZ)
        responses = list(dripping.map(lambda said: drip(service, said), beginnings))
        assert [status(response) for response in responses] == [408] * len(beginnings)
        assert b'"ok"' in resting.recv(1000)
        resting.sendall(HEALTHZ)
        assert b'"ok"' in resting.recv(1000), "between two requests a connection may rest for longer"


def test_connections_inherit_keepalive_settings() -> None:
    listening = listen("127.0.0.1", 0)
    with socket.create_connection(listening.getsockname(), 5):
        accepted: Any = listening.accept()[0]
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        timeout = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        asking = accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
        assert 0 < timeout <= 40_000
        assert 0 < asking + timeout / 1000 <= 60
        accepted.close()
    listening.close()
