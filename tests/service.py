"""The service as a process, and the clients that talk to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import socketio

PROJECT = Path(__file__).parent.parent
DEADLINE = 20.0


def wait_until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Wait for a condition; fail with what was expected when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Service:
    """`python app.py` with a database of its own; can be stopped, killed and started again."""

    def __init__(self, database_url: str, folder: Path, **environ: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"service-{self.port}.log"
        self.environ = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *command: str, wait: bool = True) -> Service:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command or [sys.executable, "app.py"], cwd=PROJECT, env=self.environ, stdout=log, stderr=log
            )
        if wait:
            wait_until(self.answers, f"the service answers, its log: {self.log}")
        return self

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).ok
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        """`kill -9`, as the kernel's memory killer or a power cut does it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM, as a platform sends it; returns the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(seconds)

    def post(self, **message: Any) -> requests.Response:
        """Post as the observatory software does: a string for a body, no Content-Type, no authorization."""
        return requests.post(f"{self.url}/newlog", json.dumps(message), timeout=5)

    def recent(self, **parameters: Any) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/recent-logs", parameters, timeout=10)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found


@contextmanager
def running(database_url: str, folder: Path, **environ: str) -> Iterator[Service]:
    service = Service(database_url, folder, **environ).start()
    try:
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.kill()


class Viewer:
    """A Socket.IO client that keeps what it receives, in the order in which it came."""

    def __init__(
        self,
        url: str,
        query: str = "",
        auth: object = None,
        transports: list[str] | None = None,
        reconnect: bool = False,
    ):
        self.received: list[dict[str, Any]] = []
        self.came = threading.Condition()
        self.client = socketio.Client(
            reconnection=reconnect, reconnection_delay=0.1, reconnection_delay_max=0.5
        )
        self.client.on("newlog", self._keep)
        self.client.on("disconnect", self._close)
        self.client.connect(f"{url}{query}", auth=auth, transports=transports, retry=reconnect)

    def _close(self, reason: str) -> None:
        """Close what the library leaves open when it is the server that ends a connection."""
        if reason == socketio.Client.reason.CLIENT_DISCONNECT:
            return
        if self.client.eio.ws is not None:
            self.client.eio.ws.shutdown()
        if self.client.eio.http is not None:
            self.client.eio.http.close()

    def _keep(self, message: dict[str, Any]) -> None:
        with self.came:
            self.received.append(message)
            self.came.notify_all()

    def texts(self) -> list[str]:
        return [message["message"] for message in self.received]

    def ids(self) -> list[int]:
        return [message["id"] for message in self.received]

    def wait_for(self, count: int, seconds: float = DEADLINE) -> list[dict[str, Any]]:
        """Wait until that many messages have come, and return all that came."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= count, seconds), (
                f"{len(self.received)} of {count} messages came within {seconds} s"
            )
        return self.received

    def ask(self, event: str, content: object) -> dict[str, Any]:
        """Emit and return the acknowledgement."""
        answer: dict[str, Any] = self.client.call(event, content, timeout=10)
        return answer

    def leave(self) -> None:
        self.client.disconnect()


@contextmanager
def watching(url: str, *queries: str, **options: Any) -> Iterator[list[Viewer]]:
    viewers: list[Viewer] = []
    try:
        for query in queries:
            viewers.append(Viewer(url, query, **options))  # noqa: PERF401, they have to leave if one fails
        yield viewers
    finally:
        for viewer in viewers:
            viewer.leave()
