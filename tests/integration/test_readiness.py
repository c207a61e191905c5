"""A load balancer knows when to send requests, and when no more."""

from __future__ import annotations

import socket
from pathlib import Path

import requests

from tests.support.raw_http import compare
from tests.support.service import Service, running, wait_until


def listens(service: Service) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", service.port)) == 0


def test_a_running_service_is_ready_and_one_that_stops_is_not(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        for path in ("/readyz", "/dev/readyz"):
            assert requests.get(f"{service.url}{path}", timeout=5).json() == {"status": "ready"}
        with (
            socket.create_connection(("127.0.0.1", service.port), 10) as posting,
            socket.create_connection(("127.0.0.1", service.port), 10) as asking,
        ):
            posting.sendall(
                b"POST /newlog HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"
            )  # keeps it from ending
            said = b"GET /readyz HTTP/1.1\r\nHost: x\r\n"
            asking.sendall(said)
            assert service.answers()  # so it has begun to read both
            assert service.process is not None
            service.process.terminate()
            wait_until(lambda: not listens(service), "it accepts nothing more")
            asking.sendall(b"\r\n")
            heard = asking.recv(1000)
            assert heard.startswith(b"HTTP/1.1 503 ")
            compare(said, heard)
        assert service.process.wait(15) == 0
