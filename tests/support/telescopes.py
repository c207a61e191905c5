"""Programs that log to the service, what became of their messages, and servers that answer in other ways."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.basics import PROJECT

if TYPE_CHECKING:
    from tests.support.service import Service

NOBODY = "http://127.0.0.1:9"  # nothing listens there


def started(*arguments: str | Path, python: str = sys.executable, **environ: str) -> subprocess.Popen[str]:
    """A program of Python that finds this source tree, with nothing of the environment but what is given."""
    return subprocess.Popen(
        [python, *arguments],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT), "HOME": "/nonexistent", **environ},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def oldest_python() -> str:
    """The oldest Python that a telescope's program may have; skips the test where there is none."""
    # pyenv has a `python3.9` that works only if this variable says so.
    environ = {**os.environ, "PYENV_VERSION": "3.9"}
    try:
        command = ["python3.9", "-c", "import sys; print(sys.executable)"]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("python3.9 is not installed, so it is not known whether programs work there")


def program(
    text: str, *arguments: str | Path, python: str = sys.executable, seconds: float = 60, **environ: str
) -> str:
    """Run a program that must succeed; returns what it said on standard error."""
    with started("-c", text, *arguments, python=python, **environ) as child:
        try:
            _, said = child.communicate(timeout=seconds)
        finally:
            child.kill()
    assert child.returncode == 0, said
    return said


def everything(service: Service, site: str = "tst") -> list[dict[str, Any]]:
    """All messages of a site, in the order in which they arrived."""
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["id"] if found else 0
        page = service.recent(site=site, after_id=after, order="oldest")
        if not page:
            return found
        found += sorted(page, key=lambda message: message["id"])


def texts(service: Service, site: str = "tst") -> list[str]:
    """The texts of all messages of a site, in the order in which they arrived."""
    return [each["message"] for each in everything(service, site)]


def count(service: Service, site: str = "tst") -> int:
    """The number of messages of a site in the last day."""
    return service.count(site)


def own_threads() -> int:
    """The number of threads of this process that send messages."""
    return sum(thread.name == "userstatus sender" for thread in threading.enumerate())


class Answers(ThreadingHTTPServer):
    """A server that gives the same answer to every request, and keeps when each came and what it said."""

    daemon_threads = True

    def __init__(self, status: int, content: bytes, headers: Mapping[str, str]):
        super().__init__(("127.0.0.1", 0), _Answering)
        self.status, self.content, self.headers = status, content, headers
        self.requests: list[tuple[float, str, bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answering(BaseHTTPRequestHandler):
    server: Answers

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.requests.append((time.monotonic(), f"{self.command} {self.path}", body))
        self.send_response(self.server.status)
        for name, value in {"Content-Length": str(len(self.server.content)), **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.content)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def answering(status: int, content: bytes = b"", **headers: str) -> Iterator[Answers]:
    """A server on a port of its own that answers every request alike."""
    with Answers(
        status, content, {name.replace("_", "-"): value for name, value in headers.items()}
    ) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def silent() -> Iterator[str]:
    """The URL of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
