"""Every response has the id by which the log names its request."""

from __future__ import annotations

import re

import pytest
import requests

from tests.support.raw_http import POLLING, exchange, posting
from tests.support.service import Service
from tests.support.streams import connected

IN_HEAD = re.compile(rb"\r\nX-Request-Id: ([A-Za-z0-9._-]{1,64})\r\n", re.IGNORECASE)
GIVEN = b"X-Request-ID: trace-17.a_b"


def asking(path: str, *headers: bytes, method: str = "GET") -> bytes:
    head = [f"{method} {path} HTTP/1.1".encode(), b"Host: x", b"Connection: close", *headers]
    return b"\r\n".join([*head, b"", b""])


ANSWERS = {
    "a message that is stored": posting(b"Connection: close", GIVEN),
    "a body that is none": posting(b"Connection: close", GIVEN, b"Content-Length: 1", body=b"{"),
    "a page": asking("/", GIVEN),
    "a script": asking("/static/pages/watch.js", GIVEN),
    "a preflight": asking("/newlog", GIVEN, b"Origin: https://a.example", method="OPTIONS"),
    "a path that is not served": asking("/nowhere", GIVEN),
    "a path of the other stage": asking("/dev/sites", GIVEN),
    "a wrong method": asking("/newlog", GIVEN, method="DELETE"),
    "a poll of Engine.IO": asking(POLLING, GIVEN),
    "an odd request to Engine.IO": asking("/socket.io/?EIO=4&transport=odd", GIVEN),
    "a head that is none": asking("/", GIVEN, b"no header"),
    "a handshake that is none": asking("/ws?site=a", GIVEN),
}


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_the_id_that_came_with_a_request_is_in_its_response_and_not_in_the_body(
    said: bytes, service: Service
) -> None:
    head, _, body = exchange(service, said).partition(b"\r\n\r\n")
    assert IN_HEAD.findall(head + b"\r\n") == [b"trace-17.a_b"]
    assert b"trace-17" not in body


@pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS)
def test_a_request_without_an_id_gets_a_new_one_every_time(said: bytes, service: Service) -> None:
    said = said.replace(GIVEN, b"X-Request-ID: not valid")
    heads = [exchange(service, said).partition(b"\r\n\r\n")[0] + b"\r\n" for _ in range(2)]
    assert len({IN_HEAD.findall(head)[0] for head in heads}) == 2


@pytest.mark.parametrize(
    "path", ["/ws?site=a", "/datastream?site=a", "/socket.io/?EIO=4&transport=websocket"]
)
def test_a_websocket_begins_with_an_id(path: str, service: Service) -> None:
    with connected(service, path, header={"X-Request-ID": "trace-17.a_b"}) as client:
        assert client.headers["x-request-id"] == "trace-17.a_b"


def test_a_stream_of_events_begins_with_an_id(service: Service) -> None:
    given = {"X-Request-ID": "trace-17.a_b"}
    with requests.get(f"{service.url}/events?site=a", headers=given, stream=True, timeout=10) as response:
        assert response.headers["X-Request-ID"] == "trace-17.a_b"


def test_the_log_names_a_request_that_is_rejected_and_one_that_is_corrected(service: Service) -> None:
    rejected = service.post(site="a").headers["X-Request-ID"]
    corrected = service.post(site="a", log_message="x", log_level="loud").headers["X-Request-ID"]
    log = service.log.read_text()
    assert re.search(rf"rejected POST /newlog from .* \(request {rejected}\)\n", log)
    assert re.search(rf"corrected what .* \(request {corrected}\)\n", log)


def test_pages_of_other_origins_may_read_the_id(service: Service) -> None:
    response = requests.get(f"{service.url}/sites", headers={"Origin": "https://a.example"}, timeout=5)
    assert "X-Request-ID" in response.headers["Access-Control-Expose-Headers"]
