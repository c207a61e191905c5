"""The software that observatories run today: it posts from a queue in a thread, and looks at no answer."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from tests.support.service import Service

Said = tuple[object, str, float]
BURST: list[tuple[object, str]] = [
    *[("Slewing", "INFO")] * 12,
    ("\nFilter: V\n\tfocus 1.5", "INFO"),
    ("", "INFO"),  # the one message that there is nothing to show of
    ({"ra": 5.5, "dec": None}, "WARN"),
    (None, "ERROR"),
    ("Roof: 100 % – open 🔭", "debug"),
    ("Done", "Whatever"),
]
LEVELS = {"INFO": "info", "WARN": "warning", "ERROR": "error", "debug": "debug", "Whatever": "info"}


@contextmanager
def sender(root: str, site: str) -> Iterator[queue.Queue[Said | None]]:
    """A queue of text, level and time; all that was put into it is posted when this ends."""
    said: queue.Queue[Said | None] = queue.Queue()

    def post() -> None:
        while (message := said.get()) is not None:
            text, level, now = message
            body = {"site": site, "log_message": str(text), "log_level": level, "timestamp": now}
            with suppress(requests.RequestException):
                requests.post(f"{root}/newlog", json.dumps(body), timeout=5)

    thread = threading.Thread(target=post)
    thread.start()
    try:
        yield said
    finally:
        said.put(None)
        thread.join()


@pytest.mark.parametrize("stage", ["/logs", "/dev"])
def test_the_unmodified_sender_of_the_observatory_works_as_with_the_predecessor(
    service: Service, stage: str
) -> None:
    root, now = f"{service.url}{stage}", time.time()
    with sender(root, "DPO") as said:
        for text, level in BURST:
            said.put((text, level, now))
        said.put(("no time", "INFO", float("nan")))  # which json.dumps writes as NaN
    shown = requests.get(f"{root}/recent-logs?after_time={int(now)}&site=dpo", timeout=10).json()
    expected = [(LEVELS[level], str(text), int(now)) for text, level in BURST if text != ""]
    assert [(each["log_level"], each["message"], each["timestamp"]) for each in shown[:-1]] == expected
    assert shown[-1]["message"] == "no time"
    assert len({each["id"] for each in shown}) == len(BURST)
