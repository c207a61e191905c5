"""Viewers over HTTP that behave well: server-sent events, long polling, and Socket.IO by polling."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress

import requests

PATIENCE_S = 60.0  # without any response
ID = re.compile(r'"id":(\d+)')


class HttpViewer(threading.Thread, ABC):
    """Keeps the ids that it receives, in order. `key` is for where reading needs one."""

    def __init__(self, name: str, url: str, key: str = ""):
        super().__init__(daemon=True, name=name)
        self.url = url
        self.ids: list[int] = []
        self.came: dict[int, float] = {}  # when each message came, by its id
        self.findings: list[str] = []
        self.session = requests.Session()
        self.key = key
        if key:
            self.session.headers["Authorization"] = f"Bearer {key}"
        self._leaving = threading.Event()
        self.open()

    def run(self) -> None:
        try:
            while not self._leaving.is_set():
                self.receive()
        except (OSError, AssertionError, KeyError) as error:
            if not self._leaving.is_set():
                self.findings.append(f"{self.name} lost its connection: {error!r}")

    @abstractmethod
    def open(self) -> None:
        """Start to watch."""

    @abstractmethod
    def receive(self) -> None:
        """Wait for messages, or for a part of the time until there are some."""

    def take(self, text: str) -> None:
        for found in ID.findall(text):
            self.ids.append(int(found))
            self.came[self.ids[-1]] = time.monotonic()

    def reached(self, last: int) -> bool:
        return bool(self.ids) and self.ids[-1] >= last

    def leave(self) -> None:
        self._leaving.set()
        self.join(PATIENCE_S)
        self.session.close()


class EventsViewer(HttpViewer):
    """Reads `/events`, over HTTP 1.0, in which a stream has no chunks."""

    def open(self) -> None:
        host, _, port = self.url.removeprefix("http://").partition(":")
        self.socket = socket.create_connection((host, int(port)), PATIENCE_S)
        authorization = f"Authorization: Bearer {self.key}\r\n" if self.key else ""
        self.socket.sendall(f"GET /events?site=calm HTTP/1.0\r\n{authorization}\r\n".encode())
        self.file = self.socket.makefile("rb")
        first = self.file.readline()
        assert b" 200 " in first, first

    def receive(self) -> None:
        line = self.file.readline()
        assert line, "the stream has ended"
        if line.startswith(b'data: {"id":'):
            self.take(line.decode())

    def leave(self) -> None:
        self._leaving.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        super().leave()
        self.file.close()
        self.socket.close()


class LongPoller(HttpViewer):
    """Polls `/recent-logs`, each time from the cursor of the last response on."""

    def open(self) -> None:
        self.cursor = self._get(limit="1").headers["X-Cursor"]

    def receive(self) -> None:
        response = self._get(after_id=self.cursor, wait="1")
        self.cursor = response.headers["X-Cursor"]
        for message in sorted(response.json(), key=lambda message: int(message["id"])):
            self.take(f'"id":{message["id"]}')

    def _get(self, **query: str) -> requests.Response:
        response = self.session.get(
            f"{self.url}/recent-logs", params={"site": "calm", **query}, timeout=PATIENCE_S
        )
        assert response.status_code == 200, response.text
        return response


class PollingViewer(HttpViewer):
    """Watches over Socket.IO, by polling alone."""

    def open(self) -> None:
        start = f"{self.url}/socket.io/?EIO=4&transport=polling"
        opened = self.session.get(start, timeout=PATIENCE_S).text
        self.address = f"{start}&sid={json.loads(opened[1:])['sid']}"
        auth = {"site": "calm"} | ({"key": self.key} if self.key else {})
        self._post(f"40{json.dumps(auth)}")
        assert self._get().startswith("40")

    def receive(self) -> None:
        for packet in self._get().split("\x1e"):
            if packet == "2":
                self._post("3")
            elif packet.startswith("42"):
                self.take(packet)

    def leave(self) -> None:
        self._leaving.set()
        with suppress(requests.RequestException):
            requests.post(self.address, "1", headers=self.session.headers, timeout=PATIENCE_S)
        super().leave()

    def _post(self, packet: str) -> None:
        assert self.session.post(self.address, packet, timeout=PATIENCE_S).status_code == 200

    def _get(self) -> str:
        response = self.session.get(self.address, timeout=PATIENCE_S)
        assert response.status_code == 200, response.text
        return response.text
