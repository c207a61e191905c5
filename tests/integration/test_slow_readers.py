"""Clients that request much and do not read it hold a bounded part of the memory for a bounded time."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import requests

from tests.support.service import Service, running, wait_until

# Starts the service with memory for three long responses, and short deadlines.
SMALL = """
from userstatus import eventloop
eventloop.patch()
from userstatus.web import http_server, long_responses
from userstatus import server
long_responses.MAX_HELD_BYTES, long_responses.MAX_WAIT_S = 13_000_000, 0.3
http_server.MAX_RESPONSE_S = {seconds}
server.main()
"""
LONG = b"GET /recent-logs?site=tst HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    program = SMALL.format(seconds=request.param)
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", program) as found:
        fill(found)
        yield found


def fill(service: Service) -> None:
    body = json.dumps([{"site": "tst", "log_message": "x" * 10_000}] * 25)
    for _ in range(12):
        requests.post(f"{service.url}/newlog", body, timeout=10).raise_for_status()


def stalled(service: Service, connections: ExitStack, wait: bool = True) -> None:
    """Request three megabytes and read only the beginning, or not even that."""
    connection = connections.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", service.port))
    connection.sendall(LONG)
    assert not wait or connection.recv(100).startswith(b"HTTP/1.1 200 ")


def test_clients_that_read_nothing_take_no_more_than_the_reserved_memory(tmp_path: Path) -> None:
    program = SMALL.format(seconds=60)
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", program) as service:
        fill(service)
        assert service.process is not None
        memory = psutil.Process(service.process.pid).memory_info
        before = memory().rss
        with ExitStack() as connections:
            for _ in range(40):
                stalled(service, connections, wait=False)
            wait_until(lambda: asked(service) == 503, "there is nothing left for another one")
            assert service.recent(site="tst", limit=1), "but for a short answer"
            assert memory().rss - before < 128 * 1024**2


def asked(service: Service) -> int:
    return requests.get(f"{service.url}/recent-logs?site=tst", timeout=10).status_code


@pytest.mark.parametrize("service", [60], indirect=True)
def test_unread_long_responses_are_bounded_and_posting_continues(service: Service) -> None:
    with ExitStack() as connections:
        for _ in range(3):
            stalled(service, connections)
        response = requests.get(f"{service.url}/recent-logs?site=tst", timeout=10)
        assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (503, True)
        assert service.post(site="tst", log_message="all the same").status_code == 200
        assert service.recent(site="tst", limit=1)[0]["message"] == "all the same", "a short answer has room"
    wait_until(lambda: asked(service) == 200, "they have gone, and there is room again")


@pytest.mark.parametrize("service", [1], indirect=True)
def test_a_whole_response_must_be_read_within_a_deadline(service: Service) -> None:
    with ExitStack() as connections:
        for _ in range(3):
            stalled(service, connections)
        wait_until(lambda: asked(service) == 200, "their time is over, though they are still there", 15)
