"""The service as a process, and the clients that talk to it."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import socketio
import websocket

PROJECT = Path(__file__).parent.parent
DEADLINE = 60.0


def wait_until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Wait for a condition; fail with what was expected when the deadline passes."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"not within {seconds} s: {what}"
        time.sleep(min(0.01 + waited / 10, 0.1))  # who asks all the time takes it from what is waited for


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

    def cursor(self) -> str:
        """The cursor of the last message that was delivered."""
        answer = requests.get(f"{self.url}/recent-logs", {"site": "none"}, timeout=10)
        return answer.headers["X-Cursor"]

    def standing(self, *sites: str, gap: bool = False, replaced: bool = False) -> dict[str, Any]:
        """What a viewer is told of these sites that has got as far as the log's end."""
        cursor = self.cursor()
        last_id = int(cursor.partition("-")[0])
        return {"sites": list(sites), "last_id": last_id, "cursor": cursor, "gap": gap, "replaced": replaced}

    def recent(self, **parameters: Any) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/recent-logs", parameters, timeout=10)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()
        return found


@contextmanager
def running(database_url: str, folder: Path, *command: str, **environ: str) -> Iterator[Service]:
    """A service that runs, by a command of its own or by `python app.py`."""
    service = Service(database_url, folder, **environ).start(*command)
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
        auth: Any = None,
        transports: list[str] | None = None,
        reconnect: bool = False,
    ):
        self.received: list[dict[str, Any]] = []
        self.came = threading.Condition()
        self.client = socketio.Client(
            reconnection=reconnect, reconnection_delay=0.1, reconnection_delay_max=0.5
        )
        self.states: list[dict[str, Any]] = []
        _in_order(self.client)
        self.client.on("newlog", self._keep)
        self.client.on("subscribed", self.states.append)
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


class RawViewer:
    """A Socket.IO viewer over a bare WebSocket that reconnects with its cursor, from an address of its own.

    `drop(n)` tells it to hang up without a word after n more messages.
    """

    def __init__(self, url: str, site: str, source: str = "127.0.0.1"):
        self.address = urlsplit(url)
        self.site = site
        self.source = source
        self.received: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.drops = 0
        self._drop_after: int | None = None
        self._leaving = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ids(self) -> list[int]:
        return [message["id"] for message in self.received]

    def drop(self, after: int) -> None:
        self._drop_after = after

    def leave(self) -> None:
        self._leaving = True
        self._thread.join()

    def _run(self) -> None:
        while not self._leaving:
            with suppress(OSError, websocket.WebSocketException):
                self._watch()
            time.sleep(0.05)

    def _watch(self) -> None:
        address = (str(self.address.hostname), int(self.address.port or 80))
        with socket.create_connection(address, 5, (self.source, 0)) as connection:
            url = f"ws://{self.address.netloc}/socket.io/?EIO=4&transport=websocket"
            client = websocket.create_connection(url, socket=connection)
            client.settimeout(0.2)
            last = self.received[-1]["cursor"] if self.received else 0
            client.send("40" + json.dumps({"site": self.site, "after_id": last}))
            while not self._leaving:
                with suppress(websocket.WebSocketTimeoutException):
                    self._take(client, client.recv())
                if self._drop_after is not None and self._drop_after <= 0:
                    self._drop_after = None
                    self.drops += 1
                    return

    def _take(self, client: websocket.WebSocket, packet: str | bytes) -> None:
        text = packet if isinstance(packet, str) else packet.decode()
        if text == "2":
            client.send("3")
        elif text.startswith("42"):
            event, content = json.loads(text[2:])
            if event == "subscribed":
                self.states.append(content)
                return
            self.received.append(content)
            if self._drop_after is not None:
                self._drop_after -= 1
        elif text == "":
            raise OSError("the connection has ended")


class NodeViewer:
    """Socket.IO's own client, for Node: `tests/clients/viewer.js`."""

    def __init__(self, url: str, site: str, transport: str = ""):
        self.received: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self._process = subprocess.Popen(
            ["node", "viewer.js", url, site, transport],
            cwd=PROJECT / "tests" / "clients",
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            content = json.loads(line)
            if "subscribed" in content:
                self.states.append(content["subscribed"])
            else:
                self.received.append(content)

    def ids(self) -> list[int]:
        return [message["id"] for message in self.received]

    def leave(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


class Poster(threading.Thread):
    """A telescope that posts one message after the other until it is told to stop.

    With `careful`, every message has a uuid and is repeated until it is acknowledged; else what fails is
    given up. `acknowledged` has id and text of what got a 200.
    """

    def __init__(self, url: str, site: str, name: str, careful: bool = True, pause: float = 0.0):
        super().__init__(daemon=True)
        self.url = f"{url}/newlog"
        self.site = site
        self.label = name
        self.careful = careful
        self.pause = pause
        self.acknowledged: list[tuple[int, str]] = []
        self.refusals: list[str] = []
        self._stopping = threading.Event()

    def run(self) -> None:
        for number in itertools.count():
            text = f"{self.label}-{number}"
            message = {"site": self.site, "log_message": text, "timestamp": time.time()}
            if self.careful:
                message["uuid"] = text
            while not self._try(message):
                if self._stopping.wait(0.05) or not self.careful:
                    break
            if self._stopping.wait(self.pause):
                return

    def _try(self, message: dict[str, Any]) -> bool:
        try:
            answer = requests.post(self.url, json.dumps(message), timeout=15)
        except requests.RequestException:
            return False
        if answer.status_code != 200:
            self.refusals.append(answer.text)
            return False
        self.acknowledged.append((answer.json()["id"], message["log_message"]))
        return True

    def stop(self) -> None:
        self._stopping.set()
        if self.is_alive():
            self.join()


def needs(program: str) -> None:
    """Skip the test where a program is missing; on CI, where `tests/install` has run, fail."""
    if shutil.which(program) is None:
        missing = f"{program} is not installed, see tests/install"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)


def _in_order(client: socketio.Client) -> None:
    """Have events handled as they come. By itself this client gives each to a thread of its own."""
    trigger = client.eio._trigger_event
    client.eio._trigger_event = lambda *args, **options: trigger(*args, **{**options, "run_async": False})


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
