"""A thousand connections that send or read next to nothing: posting goes on beside them."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import Service, running

COUNT, FULL_COUNT = 150, 1000
POSTS = 200
SLOW = (
    b"POST /newlog HTTP/1.1\r\nHost: loc",  # a head that does not end
    b"POST /newlog HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",  # nor does this body
    b"GET /recent-logs?site=tst HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20,  # responses that nobody reads
    b"GET /events?site=tst&after_id=0 HTTP/1.1\r\nHost: localhost\r\n\r\n",  # nor this stream
)


@contextlib.contextmanager
def slow_connections(service: Service, count: int) -> Iterator[None]:
    """Connections of each kind in turn, open while the block runs."""
    with contextlib.ExitStack() as there:
        for number in range(count):
            connection = there.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", service.port))
            connection.sendall(SLOW[number % len(SLOW)])
        yield


def test_posting_goes_on_beside_many_slow_connections(
    tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    count = FULL_COUNT if request.config.getoption("--full") else COUNT
    with running(f"sqlite:///{tmp_path}/log.db", tmp_path, LOG_LEVEL="error") as service:
        for _ in range(20):
            service.post(site="tst", log_message="x" * 9000)
        took = []
        with slow_connections(service, count):
            for _ in range(POSTS):
                began = time.perf_counter()
                assert service.post(site="tst", log_message="x").status_code == 200
                took.append(time.perf_counter() - began)
        assert len(service.recent(site="tst")) == 20 + POSTS
        with capsys.disabled():
            print(f"\n{count} slow connections: p99 {sorted(took)[POSTS * 99 // 100] * 1000:.0f} ms")  # noqa: T201
