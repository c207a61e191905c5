"""Server-sent events and plain WebSockets, read one by one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
import sseclient
import websocket

from tests.support.service import Service

Event = tuple[str | None, dict[str, Any], str | None]
STREAMS = ("events", "ws", "datastream")
SOCKETS = ("ws", "datastream")


@contextmanager
def connected(service: Service, path: str, **options: Any) -> Iterator[websocket.WebSocket]:
    client = websocket.create_connection(f"{service.url.replace('http', 'ws')}{path}", timeout=20, **options)
    try:
        yield client
    finally:
        client.shutdown()  # type: ignore[no-untyped-call]  # close() leaves the socket open


def upgrade(path: str) -> dict[str, str]:
    """The headers of a request to open a stream."""
    if path not in SOCKETS:
        return {}
    return {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }


def frames(client: websocket.WebSocket, count: int) -> list[dict[str, Any]]:
    return [json.loads(client.recv()) for _ in range(count)]


@contextmanager
def events(service: Service, query: str, **options: Any) -> Iterator[Iterator[Event]]:
    """Server-sent events as (event, data, id)."""
    with requests.get(f"{service.url}/events{query}", stream=True, timeout=20, **options) as response:
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield (
            (event.event, json.loads(event.data), event.id)
            for event in sseclient.SSEClient(response.iter_content(None)).events()
        )
