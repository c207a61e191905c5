"""Well-behaved clients beside the attackers, which must not notice them: a poster and viewers."""

from __future__ import annotations

import http.client
import itertools
import json
import re
import socket
import threading
import time
from contextlib import suppress

import websocket

ID = re.compile(r'"id":(\d+)')
PAUSE_S = 0.005  # between two messages of the poster
MAX_RESPONSE_S = 15.0  # after which the poster gives up


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


class Poster(threading.Thread):
    """Posts one message after another on a keep-alive connection, until it is told to stop."""

    def __init__(self, port: int, site: str, key: str = ""):
        super().__init__(daemon=True)
        self.headers = bearer(key)
        self.port = port
        self.site = site
        self.acknowledged: list[int] = []
        self.seconds: list[float] = []
        self.began: dict[int, float] = {}  # when each message was posted, by its id
        self.findings: list[str] = []
        self._stopping = threading.Event()

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MAX_RESPONSE_S)
        for number in itertools.count():
            message = json.dumps({"site": self.site, "log_message": f"message {number}"})
            began = time.monotonic()
            try:
                connection.request("POST", "/newlog", message, self.headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.findings.append(f"the poster's message {number} was not answered: {error!r}")
                connection.close()
            else:
                self.seconds.append(time.monotonic() - began)
                if answer.status == 200:
                    self.acknowledged.append(json.loads(content)["id"])
                    self.began[self.acknowledged[-1]] = began
                else:
                    self.findings.append(f"the poster's message {number} got {answer.status}: {content!r}")
            if len(self.findings) > 20 or self._stopping.wait(PAUSE_S):
                break
        connection.close()

    def stop(self) -> None:
        self._stopping.set()
        self.join()


class Watcher(threading.Thread):
    """A viewer over a bare WebSocket, Socket.IO or plain, that keeps the ids it receives, in order."""

    def __init__(self, name: str, url: str, hello: str | None = None, key: str = ""):
        super().__init__(daemon=True, name=name)
        self.ids: list[int] = []
        self.came: dict[int, float] = {}  # when each message came, by its id
        self.findings: list[str] = []
        self._leaving = False
        self._client = websocket.create_connection(url, timeout=10, header=bearer(key))
        if hello is not None:
            self._client.recv()
            self._client.send(hello)
            self._client.recv()
        self._client.settimeout(None)

    def run(self) -> None:
        try:
            while True:
                opcode, content = self._client.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE:
                    break
                text = content.decode()
                if text == "2":
                    self._client.send("3")
                elif found := ID.search(text):
                    self.ids.append(int(found[1]))
                    self.came[self.ids[-1]] = time.monotonic()
        except (OSError, websocket.WebSocketException) as error:
            if not self._leaving:
                self.findings.append(f"{self.name} lost its connection: {error!r}")
        else:
            if not self._leaving:
                self.findings.append(f"{self.name} was disconnected: {content!r}")

    def reached(self, last: int) -> bool:
        return bool(self.ids) and self.ids[-1] >= last

    def leave(self) -> None:
        self._leaving = True
        if self._client.sock is not None:
            with suppress(OSError):
                self._client.sock.shutdown(socket.SHUT_RDWR)  # which wakes up the thread that reads from it
        self.join()
        self._client.shutdown()  # type: ignore[no-untyped-call]


def delivery(name: str, acknowledged: list[int], received: list[int]) -> list[str]:
    """Errors in what a viewer received, given the acknowledged messages of the sites it watches."""
    found = []
    if lost := sorted(set(acknowledged) - set(received)):
        found.append(f"{name} did not get {len(lost)} acknowledged messages, the first has id {lost[0]}")
    if len(set(received)) < len(received):
        found.append(f"{name} got {len(received) - len(set(received))} messages twice")
    if any(later < earlier for earlier, later in itertools.pairwise(received)):
        found.append(f"{name} got messages out of order")
    return found
