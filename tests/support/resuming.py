"""Viewers of all kinds except Socket.IO; each returns with its cursor whatever has happened."""

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from typing import Any

import requests
import sseclient
import websocket


class Resuming:
    """A viewer in a thread that reconnects repeatedly with the cursor of the last message it has seen.

    `states` has the positions that the server reported, one for each connection.
    """

    path = ""

    def __init__(self, url: str, site: str):
        self.url = url
        self.site = site
        self.received: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def ids(self) -> list[int]:
        return [message["id"] for message in self.received]

    def leave(self) -> None:
        self._leaving.set()
        self._thread.join()

    @property
    def cursor(self) -> str:
        return self.received[-1]["cursor"] if self.received else "0"

    def _run(self) -> None:
        while not self._leaving.wait(0.05):
            with suppress(OSError, requests.RequestException, websocket.WebSocketException):
                self.watch()

    def watch(self) -> None:
        raise NotImplementedError


class EventViewer(Resuming):
    """Server-sent events, read by a library and resumed as browsers do."""

    def watch(self) -> None:
        with requests.get(
            f"{self.url}/events?site={self.site}",
            headers={"Last-Event-ID": self.cursor},
            stream=True,
            timeout=(5, 1),
        ) as response:
            response.raise_for_status()
            for event in sseclient.SSEClient(response.iter_content(None)).events():
                if event.event == "newlog":
                    assert event.id == json.loads(event.data)["cursor"]
                    self.received.append(json.loads(event.data))
                elif event.event == "subscribed":
                    self.states.append(json.loads(event.data))
                if self._leaving.is_set():
                    return


class SocketViewer(Resuming):
    """A plain WebSocket."""

    path = "ws"

    def watch(self) -> None:
        url = f"{self.url.replace('http', 'ws')}/{self.path}?site={self.site}&after_id={self.cursor}"
        client = websocket.create_connection(url, timeout=5)
        try:
            client.settimeout(0.2)
            while not self._leaving.is_set():
                with suppress(websocket.WebSocketTimeoutException):
                    frame = client.recv()
                    if not frame:
                        return
                    self.take(json.loads(frame))
        finally:
            client.shutdown()  # type: ignore[no-untyped-call]

    def take(self, content: dict[str, Any]) -> None:
        if "subscribed" in content:
            self.states.append(content["subscribed"])
        else:
            self.received.append(self.message(content))

    def message(self, content: dict[str, Any]) -> dict[str, Any]:
        return content


class DataStreamViewer(SocketViewer):
    """Photon Ranch's data stream."""

    path = "datastream"

    def message(self, content: dict[str, Any]) -> dict[str, Any]:
        assert content["topic"] == "userstatus"
        assert content["site"] == content["data"]["site"]
        message: dict[str, Any] = content["data"]
        return message


class PollingViewer(Resuming):
    """A script that polls repeatedly with a wait."""

    def watch(self) -> None:
        parameters: dict[str, Any] = {"site": self.site, "after_id": self.cursor, "wait": 1}
        with requests.Session() as session:
            while not self._leaving.is_set():
                response = session.get(f"{self.url}/recent-logs", params=parameters, timeout=5)
                response.raise_for_status()
                self.states.append(
                    {"last_id": int(response.headers["X-Last-Id"]), "gap": "X-Gap" in response.headers}
                )
                self.received += sorted(response.json(), key=lambda message: message["id"])
                parameters["after_id"] = self.cursor
                time.sleep(0)
