"""Telescopes that post: one message after another, or many at once."""

from __future__ import annotations

import itertools
import json
import threading
import time
from typing import Any

import requests

from tests.support.service import Service


class Poster(threading.Thread):
    """A telescope that posts one message after another until it is told to stop.

    If `careful`, every message has a uuid and is repeated until it is acknowledged; otherwise failures are
    not retried. `acknowledged` has the id and text of every message that got a 200, and `times` the
    `time.monotonic()` at which it did.
    """

    def __init__(self, url: str, site: str, name: str, careful: bool = True, pause: float = 0.0):
        super().__init__(daemon=True)
        self.url = f"{url}/newlog"
        self.site = site
        self.label = name
        self.careful = careful
        self.pause = pause
        self.acknowledged: list[tuple[int, str]] = []
        self.times: list[float] = []
        self.rejections: list[str] = []
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
            response = requests.post(self.url, json.dumps(message), timeout=15)
        except requests.RequestException:
            return False
        if response.status_code != 200:
            self.rejections.append(response.text)
            return False
        self.times.append(time.monotonic())
        self.acknowledged.append((response.json()["id"], message["log_message"]))
        return True

    def stop(self) -> None:
        self._stopping.set()
        if self.is_alive():
            self.join()


def post_many(service: Service, site: str, count: int, apart: float = 0.01) -> None:
    """Post messages with the texts 0, 1, 2…, the last of them dated now."""
    now = time.time()
    for start in range(0, count, 1000):
        messages = [
            {"site": site, "log_message": f"line {number}", "timestamp": now - (count - 1 - number) * apart}
            for number in range(start, min(count, start + 1000))
        ]
        assert requests.post(f"{service.url}/newlog", json=messages, timeout=10).ok
