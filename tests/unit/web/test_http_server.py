"""Connections from their first byte to their last, within this process."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import eventlet.queue
import pytest
from eventlet import wsgi
from eventlet.green import socket as green_socket

from tests.support.connections import everything
from userstatus import eventloop
from userstatus.connection import connection_of
from userstatus.instruments.counts import Tally
from userstatus.sockets import DetachedSocket
from userstatus.web import http_server
from userstatus.web.http_server import Headers, Protocol
from userstatus.web.listener import Listener, listen
from userstatus.web.places import Places
from userstatus.web.request_ids import RequestIds

Application = Callable[[dict[str, Any], Any], list[bytes]]


@pytest.fixture
def listening() -> Iterator[Listener]:
    with closing(listen("127.0.0.1", 0)) as found:
        yield found


def served(
    listening: Listener, said: bytes, application: Application, rejected: Tally | None = None
) -> bytes:
    """What the server sends on a connection on which all of `said` arrives, and then its end."""
    rejected = Tally() if rejected is None else rejected
    with closing(socket.create_connection(listening.getsockname(), 10)) as client:
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)
        accepted, address = listening.accept()
        server = wsgi.Server(None, None, application, log_output=False)
        state = [address, accepted, wsgi.STATE_IDLE]
        Protocol(state, server, Places(10), lambda _: [("X-Cors", "1")], rejected, RequestIds())
        accepted.close()
        return everything(client)


class Recorded:
    """An application that keeps the environ of every request, and responds with `ok`."""

    def __init__(self) -> None:
        self.environs: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.environs.append(environ)
        start_response("200 OK", [("Content-Length", "2")])
        return [b"ok"]


def environ_of(listening: Listener, said: bytes) -> dict[str, Any]:
    application = Recorded()
    served(listening, said, application)
    (environ,) = application.environs
    return environ


def test_headers_are_found_in_any_case() -> None:
    headers = Headers({"content-length": "3"})
    assert (headers.get("Content-Length"), headers.get("content-length")) == ("3", "3")
    assert (headers.get("Expect"), headers.get("Expect", "none")) == (None, "none")


def test_the_environ_of_a_request_is_as_pep_3333_says(listening: Listener) -> None:
    environ = environ_of(
        listening, b"GET /a%20b%C3%A4?c=%20d HTTP/1.1\r\nHost: x:1\r\nX-Two-Words: y\r\n\r\n"
    )
    host, port = listening.getsockname()
    expected = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a bä".encode().decode("latin-1"),
        "QUERY_STRING": "c=%20d",
        "CONTENT_TYPE": "",
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "x:1",
        "HTTP_X_TWO_WORDS": "y",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
    }
    assert {name: environ[name] for name in expected} == expected
    assert "CONTENT_LENGTH" not in environ
    assert environ["wsgi.input"] is environ["eventlet.input"]


def test_a_body_is_described_without_the_prefix_of_headers(listening: Listener) -> None:
    said = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"
    environ = environ_of(listening, said)
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "3")
    assert not {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"} & set(environ)


def test_a_header_that_could_be_taken_for_another_is_left_out(listening: Listener) -> None:
    environ = environ_of(listening, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX_A: 2\r\nX_B: 3\r\n\r\n")
    assert (environ["HTTP_X_A"], "HTTP_X_B" in environ) == ("1", False)


def test_requests_on_one_connection_are_served_in_order_past_empty_lines(listening: Listener) -> None:
    application = Recorded()
    said = b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n\r\n" % number for number in range(3))
    assert served(listening, said, application).count(b"HTTP/1.1 200 OK") == 3
    assert [environ["PATH_INFO"] for environ in application.environs] == ["/0", "/1", "/2"]


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"]
)
def test_a_connection_ends_after_a_request_that_does_not_keep_it(said: bytes, listening: Listener) -> None:
    application = Recorded()
    served(listening, said + b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n", application)
    assert len(application.environs) == 1


def test_a_request_that_makes_no_sense_is_rejected_with_headers_for_browsers(listening: Listener) -> None:
    application, rejected = Recorded(), Tally()
    said = b"GET / HTTP/1.1\r\nodd\r\n\r\n"
    head, _, body = served(listening, said, application, rejected).partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    assert status.startswith("HTTP/1.1 400 ")
    assert {"X-Cors: 1", "Connection: close", "X-Content-Type-Options: nosniff"} <= set(headers)
    assert json.loads(body)["error"]
    assert (application.environs, rejected) == ([], {"400": 1})


def test_a_client_that_waits_for_it_is_told_to_send_its_body(listening: Listener) -> None:
    def read(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Length", str(len(found)))])
        return [found]

    said = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n%s\r\nabc"
    expecting = served(listening, said % b"Expect: 100-continue\r\n", read)
    assert expecting.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert b"100 Continue" not in served(listening, said % b"", read)


def test_the_connection_ends_after_the_response_if_the_application_says_so(listening: Listener) -> None:
    class HangingUp(Recorded):
        def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
            connection_of(environ).hang_up()
            return super().__call__(environ, start_response)

    application = HangingUp()
    sent = served(listening, 2 * b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", application)
    assert (sent.endswith(b"\r\n\r\nok"), len(application.environs)) == (True, 1)


def test_a_connection_that_is_taken_over_no_longer_speaks_http(listening: Listener) -> None:
    def finish(socket: DetachedSocket) -> None:
        socket.write(b"something else")
        socket.close()

    def application(environ: dict[str, Any], _: Any) -> list[bytes]:
        connection_of(environ).take_over(finish)
        return []

    assert served(listening, 2 * b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", application) == b"something else"


def test_a_server_that_stops_says_goodbye_and_accepts_nothing_more(listening: Listener) -> None:
    stop, goodbyes = eventlet.queue.Queue(), list[str]()
    address = listening.getsockname()
    serving = eventloop.spawn(
        http_server.serve, listening, Recorded(), stop, lambda: goodbyes.append("bye"), lambda _: [], Tally()
    )
    with closing(green_socket.create_connection(address, 5)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert everything(client).endswith(b"ok")
    assert goodbyes == []
    stop.put(None)
    with eventloop.deadline(5):
        serving.wait()
    assert goodbyes == ["bye"]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, 5)
