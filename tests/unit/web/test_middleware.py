"""What wraps every request to a service: proxies are trusted or not, failures have a response."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.environs import ID, environ, respond
from userstatus.web.http_server import NOSNIFF
from userstatus.web.middleware import Middleware
from userstatus.web.proxies import Proxies

FORWARDED: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": "198.51.100.9", "HTTP_X_FORWARDED_PROTO": "https"}


def around(during: Callable[[dict[str, Any]], object]) -> Middleware:
    """The middleware around an application that calls `during` with each request."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        during(environ)
        start_response("200 OK", [("X-A", "1")])
        return [b"done"]

    return Middleware(application, Proxies(("private",)))


def fail(_environ: dict[str, Any]) -> None:
    raise KeyError("transport")


def test_every_response_has_the_id_of_its_request_and_tells_browsers_not_to_guess_its_type() -> None:
    headers = [("X-A", "1"), NOSNIFF, ("X-Request-ID", ID)]
    assert respond(around(id), environ()) == ("200 OK", headers, b"done")


@pytest.mark.parametrize("path", ["/newlog", "/", "/events"])
def test_a_request_is_in_flight_until_it_has_its_response(path: str) -> None:
    middleware = around(lambda _: seen.append(middleware.in_flight))
    seen: list[int] = []
    respond(middleware, environ(path))
    assert (seen, middleware.in_flight) == ([1], 0)


def test_a_request_within_another_counts_as_a_second() -> None:
    def during(asked: dict[str, Any]) -> None:
        seen.append(middleware.in_flight)
        if asked["PATH_INFO"] == "/outer":
            respond(middleware, environ("/inner"))
            seen.append(middleware.in_flight)

    middleware, seen = around(during), list[int]()
    respond(middleware, environ("/outer"))
    assert (seen, middleware.in_flight) == ([1, 2, 1], 0)


def test_socket_io_is_not_in_flight_as_its_requests_last() -> None:
    middleware = around(lambda _: seen.append(middleware.in_flight))
    seen: list[int] = []
    respond(middleware, environ("/socket.io/"))
    assert (seen, middleware.in_flight) == ([0], 0)


@pytest.mark.parametrize(
    ("connected_from", "address", "scheme"),
    [
        ("127.0.0.1", "198.51.100.9", "https"),
        ("10.1.2.3", "198.51.100.9", "https"),
        ("fd00::1", "198.51.100.9", "https"),
        ("8.8.8.8", "8.8.8.8", "http"),
        ("2001:4860:4860::8888", "2001:4860:4860::8888", "http"),
    ],
)
def test_only_a_proxy_at_a_private_address_may_say_who_its_client_is(
    connected_from: str, address: str, scheme: str
) -> None:
    seen: list[dict[str, Any]] = []
    response = respond(around(seen.append), environ(REMOTE_ADDR=connected_from, **FORWARDED))
    assert [(each["REMOTE_ADDR"], each["wsgi.url_scheme"]) for each in seen] == [(address, scheme)]
    assert NOSNIFF in response.headers


def test_of_several_proxies_only_the_nearest_is_believed() -> None:
    seen: list[dict[str, Any]] = []
    forwarded: dict[str, Any] = {"HTTP_X_FORWARDED_FOR": "203.0.113.5, 198.51.100.9"}
    respond(around(seen.append), environ(REMOTE_ADDR="10.0.0.1", **forwarded))
    assert [each["REMOTE_ADDR"] for each in seen] == ["198.51.100.9"]


def test_what_socket_io_fails_on_is_the_clients_mistake(caplog: pytest.LogCaptureFixture) -> None:
    middleware, asked = around(fail), environ("/socket.io/", SCRIPT_NAME="/dev")
    status, headers, body = respond(middleware, asked)
    assert status == "400 Bad Request"
    assert "use a client of Socket.IO" in json.loads(body)["error"]
    assert NOSNIFF in headers
    assert (asked["hung up"], middleware.in_flight) == ([{}], 0)
    assert caplog.messages == ["rejected /dev/socket.io/ from 192.0.2.1: KeyError"]


def test_what_may_be_a_websocket_already_gets_no_response() -> None:
    asked = environ("/socket.io/", HTTP_UPGRADE="websocket")
    assert respond(around(fail), asked) == ("", [], b"")
    assert asked["hung up"] == [{"silently": True}]


def test_any_other_failure_is_the_services_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    middleware, asked = around(fail), environ("/sites")
    status, headers, body = respond(middleware, asked)
    assert status == "500 Internal Server Error"
    assert json.loads(body) == {"error": "the server failed to do this, its log says why"}
    assert ("X-Request-ID", ID) in headers
    assert (asked["hung up"], middleware.in_flight, middleware.rejected) == ([{}], 0, {"500": 1})
    ((message, level),) = [(each.getMessage(), each.levelname) for each in caplog.records]
    assert (message, level) == ("GET /sites failed", "ERROR")
