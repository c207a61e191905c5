"""Every route by every method: requests for them, and how each was answered."""

from __future__ import annotations

import http.client
import io
import socket
from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random
from typing import cast

from tests.fuzz import inputs

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW")
LIVE = ("/events", "/ws", "/datastream", "/socket.io/")  # a GET may be the last request on its connection


def combinations(routes: Iterable[str]) -> list[tuple[str, str]]:
    """Every method with every route."""
    return [(method, route) for route in routes for method in METHODS]


def ends_its_connection(method: str, route: str) -> bool:
    return method == "GET" and route.endswith(LIVE)


def request(random: Random, method: str, route: str, credential: bytes = b"") -> bytes:
    """A request whose end is unambiguous; its query, body and headers may be odd."""
    target = route if random.random() < 0.3 else f"{route}?{inputs.query(random)}"
    content = inputs.body(random) if random.random() < 0.4 or method in ("POST", "PUT", "PATCH") else b""
    names = inputs.HEADERS[inputs.FRAMING :]
    lines = [
        f"{random.choice(names)}: {random.choice(inputs.VALUES)}" for _ in range(random.choice([0, 0, 1]))
    ]
    if random.random() < 0.2 and ends_its_connection(method, route):
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    lines += [f"Content-Length: {len(content)}"] if content else ["Content-Length: 0"]
    head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost", *lines, ""])
    return head.encode("latin-1", "replace") + credential + b"\r\n" + content


class _Received(io.BytesIO):
    """What has come over a connection, as `http.client` reads it from a socket."""

    def makefile(self, _mode: str) -> _Received:
        return self

    def close(self) -> None:
        """Stay open, as the next response follows."""


def statuses(answer: bytes, methods: list[str]) -> list[int]:
    """The statuses of the responses to requests with these methods, as far as there are responses."""
    received, found = _Received(answer), []
    for method in methods:
        response = http.client.HTTPResponse(cast(socket.socket, received), method=method)
        try:
            response.begin()
            found.append(response.status)
            response.read()
        except (http.client.HTTPException, OSError, ValueError):
            break  # the connection has ended, or carries a stream now
    return found


def uncovered(answers: Counter[str], routes: list[str]) -> list[str]:
    """A finding for each route and method without any response; `answers` are keyed by `key`."""
    answered = {found.rpartition(" ")[0] for found in answers}
    return [
        f"no response to {method} {route} was seen"
        for method, route in combinations(routes)
        if f"{method} {route}" not in answered
    ]


def key(method: str, route: str, status: int) -> str:
    return f"{method} {route} {status}"


def table(answers: Counter[str]) -> list[str]:
    """A line for each route: by method, the statuses and how often each was seen."""
    by_route: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for found, count in sorted(answers.items()):
        method, route, status = found.split(" ")
        by_route[route][method].append(f"{count} × {status}")
    return [
        f"{route}: "
        + "; ".join(f"{method} {', '.join(cells[method])}" for method in METHODS if method in cells)
        for route, cells in sorted(by_route.items())
    ]
