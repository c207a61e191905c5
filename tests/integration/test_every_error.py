"""Every operation that is described gives each error that is described for all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.support.keys import add_key
from tests.support.raw_http import MESSAGE, exchange, status
from tests.support.service import Service, running
from userstatus.description import openapi
from userstatus.description.responses import OF_CLOSED

OPERATIONS = [
    (method.upper(), path.replace("{sites}", "tst"), {int(each) for each in operation["responses"]})
    for path, item in openapi.document()["paths"].items()
    for method, operation in item.items()
]
PAGE = b"Accept: text/html"
CLOSED = [
    (method, path)
    for method, path, statuses in OPERATIONS
    if statuses >= set(OF_CLOSED) and path != "/sign-in"  # where keys are not sent, but entered
]
# Starts the service with a deadline of a second for a whole head.
IMPATIENT = """
from userstatus import eventloop
eventloop.patch()
from userstatus.web import http_server
from userstatus import server
http_server.MAX_HEAD_S = 1
server.main()
"""


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that needs keys, has one stage and one name, and loses its patience after a second."""
    folder = tmp_path_factory.mktemp("closed")
    settings = {"READING": "keys", "POSTING": "keys", "WRONG_KEYS": "1/hour"}
    with running(
        f"sqlite:///{folder}/x.db",
        folder,
        sys.executable,
        "-c",
        IMPATIENT,
        STAGES="prod",
        ALLOWED_HOSTS="127.0.0.1",
        **settings,
    ) as service:
        yield service


@pytest.fixture(scope="module")
def headers(closed: Service) -> dict[str, bytes]:
    """What one sends with a key for the site tst, and with one for another site that may not read."""
    keys = {
        "tst": add_key(closed, "tst", "tst", "read"),
        "other": add_key(closed, "other", "elsewhere", "post"),
    }
    closed.kill()
    closed.start(sys.executable, "-c", IMPATIENT)  # so it knows them: asking would be trying wrong ones
    return {name: f"Authorization: Bearer {key}".encode() for name, key in keys.items()}


def asking(
    method: str, target: str, *headers: bytes, host: bytes = b"127.0.0.1", version: str = "1.1"
) -> bytes:
    lines = [f"{method} {target} HTTP/{version}".encode(), b"Host: %b" % host, b"Connection: close", *headers]
    if method == "POST":
        lines.append(b"Content-Length: %d" % len(MESSAGE))
    return b"\r\n".join([*lines, b"", b""]) + (MESSAGE if method == "POST" else b"")


WRONG = {
    400: lambda method, path: asking(method, path, b"this is no header"),
    404: lambda method, path: asking(method, f"/dev{path}"),
    414: lambda method, path: asking(method, f"{path}?{'x' * 9000}"),
    421: lambda method, path: asking(method, path, host=b"elsewhere.example"),
    431: lambda method, path: asking(method, path, b"X: %b" % (b"x" * 9000)),
    505: lambda method, path: asking(method, path, version="2.0"),
}


@pytest.mark.parametrize("expected", WRONG)
def test_every_operation_rejects_a_request_that_is_wrong_in_itself(closed: Service, expected: int) -> None:
    for method, path, statuses in OPERATIONS:
        if expected in statuses:
            response = exchange(closed, WRONG[expected](method, path))
            assert status(response) == expected, (method, path)


def test_every_operation_gives_up_a_request_that_does_not_come_whole(closed: Service) -> None:
    halves = [asking(method, path).partition(b"Connection")[0] for method, path, _ in OPERATIONS]
    with ThreadPoolExecutor(len(halves)) as waiting:
        responses = waiting.map(lambda half: exchange(closed, half), halves)
        assert [status(response) for response in responses] == [408] * len(halves)


def test_every_operation_that_a_key_can_open_is_closed_to_others(
    closed: Service, headers: dict[str, bytes]
) -> None:
    for number, (method, path) in enumerate(CLOSED, 1):
        other = (headers["other"], b"X-Forwarded-For: 192.0.2.%d" % number)  # each is refused once
        assert status(exchange(closed, asking(method, path))) == 401, (method, path)
        assert status(exchange(closed, asking(method, path, *other))) == 403, (method, path)


def test_a_person_who_needs_a_key_is_led_to_where_it_can_be_entered(closed: Service) -> None:
    for method, path in CLOSED:
        if method == "GET":
            response = exchange(closed, asking(method, path, PAGE))
            assert b"Location: /sign-in?next=" in response, path


def test_every_page_is_shown_to_whom_a_key_allows_it(
    closed: Service, headers: dict[str, bytes], service: Service
) -> None:
    expected = {"/": 302, "/watch": 302, "/watch/tst": 200, "/docs": 200, "/sign-in": 200}
    found = {path: status(exchange(closed, asking("GET", path, PAGE, headers["tst"]))) for path in expected}
    assert found == expected
    assert status(exchange(service, asking("GET", "/", PAGE))) == 200


def test_a_key_is_entered_and_forgotten_by_forms_of_this_service_alone(
    closed: Service, headers: dict[str, bytes]
) -> None:
    def sent(path: str, form: str = "", **headers: str) -> int:
        more = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        response = requests.post(f"{closed.url}{path}", form, headers=more, timeout=10, allow_redirects=False)
        return response.status_code

    key = f"key={headers['tst'].decode().rpartition(' ')[2]}"
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert (sent("/sign-in", key), sent("/sign-out")) == (303, 303)
    assert (sent("/sign-in", key, **elsewhere), sent("/sign-out", **elsewhere)) == (403, 403)
    assert sent("/sign-in", key + " " * 5000) == 413
    assert sent("/sign-in", key, **{"Content-Encoding": "br"}) == 415


def test_every_operation_that_a_key_can_open_is_closed_to_whoever_tries_many(
    closed: Service, service: Service
) -> None:
    form = {"key": "us_wrong"}
    assert requests.post(f"{service.url}/sign-in", form, timeout=10).status_code == 401
    found = [requests.post(f"{closed.url}/sign-in", form, timeout=10).status_code for _ in range(2)]
    assert found[1] == 429
    wrong = b"Authorization: Bearer us_wrong"
    for method, path in CLOSED:
        assert status(exchange(closed, asking(method, path, wrong))) == 429, (method, path)


def test_a_browser_that_shows_an_address_gets_errors_as_a_page(
    closed: Service, headers: dict[str, bytes], service: Service
) -> None:
    said = {
        403: asking("GET", "/sites", PAGE, headers["other"], b"X-Forwarded-For: 192.0.2.99"),
        404: asking("GET", "/dev/sites", PAGE),
        421: asking("GET", "/sites", PAGE, host=b"elsewhere.example"),
        429: asking("GET", "/sites", PAGE, b"Authorization: Bearer us_wrong"),
    }
    said_openly = {400: asking("GET", "/sites?site=a%20b", PAGE), 426: asking("GET", "/ws?site=tst", PAGE)}
    exchange(closed, said[429])  # the first time it is only a wrong key
    responses = {code: exchange(closed, each) for code, each in said.items()}
    responses |= {code: exchange(service, each) for code, each in said_openly.items()}
    assert {code: status(response) for code, response in responses.items()} == {
        code: code for code in responses
    }
    assert all(b"\r\nContent-Type: text/html" in response for response in responses.values())


def test_while_the_database_is_away_people_and_programs_are_told_to_try_again(
    night: Service, tmp_path: Path
) -> None:
    (tmp_path / "x.db").rename(tmp_path / "away")
    for said in (asking("POST", "/newlog"), asking("GET", "/healthz"), asking("GET", "/healthz", PAGE)):
        response = exchange(night, said)
        assert (status(response), b"\r\nRetry-After: " in response) == (503, True)
