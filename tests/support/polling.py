"""Socket.IO by polling, one request after another."""

from __future__ import annotations

import json

import requests

from tests.support.raw_http import POLLING
from tests.support.service import Service


def polling(service: Service, *packets: str, query: str = "") -> str:
    """Open a session by polling, send these packets, and return the session's URL."""
    response = requests.get(f"{service.url}{POLLING}{query}", timeout=10)
    url = f"{service.url}{POLLING}&sid={json.loads(response.text[1:])['sid']}"
    for packet in packets:
        assert requests.post(url, packet, timeout=10).status_code == 200
    return url


def is_open(url: str) -> bool:
    """Whether the session still exists."""
    return requests.post(url, "3", timeout=10).status_code == 200
