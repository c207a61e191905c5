"""Every operation that is described gives each error that is described for all of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.keys import keys_command
from tests.support.raw_http import MESSAGE, exchange, status
from tests.support.service import Service, running
from userstatus.description import openapi
from userstatus.description.responses import OF_CLOSED

OPERATIONS = [
    (method.upper(), path.replace("{sites}", "tst"), {int(each) for each in operation["responses"]})
    for path, item in openapi.document()["paths"].items()
    for method, operation in item.items()
]
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
def other_key(closed: Service) -> str:
    """A key that may do nothing here, and is known: it was made before the service was started again."""
    key = keys_command(closed, "add", "other", "--site", "elsewhere", "--may", "post").strip()
    closed.kill()
    closed.start(sys.executable, "-c", IMPATIENT)
    return key


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


def test_every_operation_that_a_key_can_open_is_closed_to_others(closed: Service, other_key: str) -> None:
    for headers, expected in (([], 401), ([f"Authorization: Bearer {other_key}".encode()], 403)):
        for method, path in CLOSED:
            assert status(exchange(closed, asking(method, path, *headers))) == expected, (method, path)


def test_every_operation_that_a_key_can_open_is_closed_to_whoever_tries_many(closed: Service) -> None:
    wrong = b"Authorization: Bearer us_wrong"
    exchange(closed, asking("GET", "/sites", wrong))
    for method, path in CLOSED:
        assert status(exchange(closed, asking(method, path, wrong))) == 429, (method, path)
