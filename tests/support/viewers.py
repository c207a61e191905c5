"""Socket.IO viewers: Python's client, a bare WebSocket, and Socket.IO's own client for Node."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import socketio
import websocket

from tests.support.described.received import RECEIVED
from tests.support.service import DEADLINE, PROJECT


class Viewer:
    """A Socket.IO client that keeps what it receives, in order."""

    def __init__(
        self,
        url: str,
        query: str = "",
        auth: Any = None,
        transports: list[str] | None = None,
        reconnect: bool = False,
        path: str = "socket.io",
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
        self.client.connect(
            f"{url}{query}", auth=auth, transports=transports, retry=reconnect, socketio_path=path
        )

    def _close(self, reason: str) -> None:
        """Close what the library leaves open when the server ends a connection."""
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
        """Wait until `count` messages have arrived, and return all that arrived."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.received) >= count, seconds), (
                f"{len(self.received)} of {count} messages came within {seconds} s"
            )
        return self.received

    def ask(self, event: str, content: object) -> dict[str, Any]:
        """Emit an event and return the acknowledgement."""
        response: dict[str, Any] = self.client.call(event, content, timeout=10)
        return response

    def leave(self) -> None:
        self.client.disconnect()


class RawViewer:
    """A Socket.IO viewer over a bare WebSocket that reconnects with its cursor, from its own address.

    `drop(n)` makes it hang up without a close frame after n more messages.
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
            kind, content = json.loads(line)
            if kind == "packet":
                RECEIVED.frame("socketio", content)
            else:
                (self.states if kind == "subscribed" else self.received).append(content)

    def ids(self) -> list[int]:
        return [message["id"] for message in self.received]

    def leave(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reading.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


def _in_order(client: socketio.Client) -> None:
    """Handle events in order of arrival. By default, this client handles each in its own thread."""
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
