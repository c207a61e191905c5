"""The service as a process, and the clients that talk to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests

from tests.support.basics import DEADLINE as DEADLINE
from tests.support.basics import PROJECT as PROJECT
from tests.support.basics import wait_until as wait_until
from tests.support.databases import at
from tests.support.fork_server import Forked, ForkServer
from userstatus.store.database import Database

# Some tests post a hundred thousand messages, or connect thousands of viewers.
NO_LIMITS = dict.fromkeys(
    ("ADDRESS_LIMIT", "SITE_LIMIT", "WRONG_KEYS", "ADDRESS_VIEWERS", "MAX_VIEWERS"), "off"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether a service at this port is well."""
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


class Service:
    """`python app.py` with its own database; can be stopped, killed and restarted."""

    forks: ClassVar[ForkServer | None] = None  # where there is none, each start is from scratch

    def __init__(self, database_url: str, folder: Path, **environ: str):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"service-{self.port}.log"
        self.environ = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            **NO_LIMITS,
            **environ,
        }
        self.process: subprocess.Popen[bytes] | Forked | None = None

    def start(self, *command: str, wait: bool = True) -> Service:
        self.log.touch()
        whole = command or (sys.executable, "app.py")
        if self.forks is not None and self.forks.can_start(whole, self.environ):
            self.process = self.forks.start(whole, self.environ, self.log)
        else:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(whole, cwd=PROJECT, env=self.environ, stdout=log, stderr=log)
        if wait:
            wait_until(self.answers, f"the service answers, its log: {self.log}")
        return self

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return answers(self.port)

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """`kill -9`, as by the kernel's OOM killer or in a power failure."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM, as a platform sends it; returns the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(seconds)

    @contextmanager
    def away(self) -> Iterator[Database]:
        """Kill the service, yield its database, and start the service again after the block."""
        self.kill()
        with closing(at(self.environ["DATABASE_URL"])) as database:
            yield database
        self.start()

    def post(self, **message: Any) -> requests.Response:
        """Post as the observatory software does: a string as body, no Content-Type, no authorization."""
        return requests.post(f"{self.url}/newlog", json.dumps(message), timeout=5)

    def cursor(self) -> str:
        """The cursor of the last message that was delivered."""
        response = requests.get(f"{self.url}/recent-logs", {"site": "none"}, timeout=10)
        return response.headers["X-Cursor"]

    def subscription_status(self, *sites: str, gap: bool = False, replaced: bool = False) -> dict[str, Any]:
        """The status reported to a viewer of these sites that has reached the log's end."""
        cursor = self.cursor()
        last_id = int(cursor.partition("-")[0])
        return {"sites": list(sites), "last_id": last_id, "cursor": cursor, "gap": gap, "replaced": replaced}

    def count(self, site: str) -> int:
        """The number of messages of a site in the last day."""
        sites = requests.get(f"{self.url}/sites", {"site": site}, timeout=10).json()
        return sum(sites[0]["counts"].values()) if sites else 0

    def recent(self, **parameters: Any) -> list[dict[str, Any]]:
        response = requests.get(f"{self.url}/recent-logs", parameters, timeout=10)
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()
        return found


@contextmanager
def running(database_url: str, folder: Path, *command: str, **environ: str) -> Iterator[Service]:
    """A running service, started by the given command or by `python app.py`."""
    service = Service(database_url, folder, **environ).start(*command)
    try:
        yield service
    finally:
        if service.process is not None and service.process.poll() is None:
            service.kill()


def needs(program: str) -> None:
    """Skip the test if a program is missing; fail on CI, where `tests/install` has run."""
    if shutil.which(program) is None:
        missing = f"{program} is not installed, see tests/install"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
