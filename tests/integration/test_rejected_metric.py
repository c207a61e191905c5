"""Every reason for a rejection is counted when it occurs."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path
from typing import Any

import requests

from tests.support.metrics import scrape
from tests.support.raw_http import posting
from tests.support.service import Service, running, wait_until
from userstatus.instruments.metrics import REASONS

BY_MISTAKE_OF_OURS = {"failed"}  # which no client can bring about
SETTINGS = {"CORS_ORIGINS": "https://a.example", "ALLOWED_HOSTS": "127.0.0.1", "WRONG_KEYS": "1/hour"}
WRONG_KEY = {"Authorization": "Bearer us_wrong"}
REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "invalid": ("POST", "/newlog", {"data": "{"}),
    "unauthorized": ("GET", "/sites", {"headers": WRONG_KEY}),
    "limit": ("GET", "/sites", {"headers": WRONG_KEY}),
    "forbidden": ("POST", "/newlog", {"data": "{}", "headers": {"Origin": "https://b.example"}}),
    "not_found": ("GET", "/nowhere", {}),
    "method": ("DELETE", "/newlog", {}),
    "too_large": ("POST", "/newlog", {"data": "x" * 300_000}),
    "encoding": ("POST", "/newlog", {"data": "x", "headers": {"Content-Encoding": "odd"}}),
    "host": ("GET", "/sites", {"headers": {"Host": "b.example"}}),
    "not_a_websocket": ("GET", "/ws?site=a", {}),
}


def count(service: Service, reason: str) -> float:
    return scrape(service).get(("userstatus_rejected_total", f"reason={reason}"), 0)


def test_every_reason_is_counted(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, **SETTINGS) as service:
        rejected = partial(count, service)
        with socket.create_connection(("127.0.0.1", service.port), 60) as slow:
            slow.sendall(posting(b"Content-Length: 99").replace(b"Host: x", b"Host: 127.0.0.1"))
            for reason, (method, path, options) in REQUESTS.items():
                assert rejected(reason) == 0
                requests.request(method, f"{service.url}{path}", timeout=9, **options)
                assert rejected(reason) == 1, reason
            wait_until(lambda: rejected("timeout") == 1, "the rest of a body does not come")
        for file in tmp_path.glob("x.db*"):
            file.rename(tmp_path / f"gone-{file.name}")
        assert not service.answers()
        assert rejected("unavailable") == 1
    assert {*REQUESTS, "timeout", "unavailable", *BY_MISTAKE_OF_OURS} == set(REASONS.values())
