"""An HTTP server that answers as a test says, for what a real one does not say when it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from tests.support.serving import serving


class Canned(NamedTuple):
    """A response. The connection is closed after it."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Request(NamedTuple):
    """What was requested: path with query, and headers by their names in lower case."""

    path: str
    headers: dict[str, str]


def answering(respond: Callable[[Request], Canned]) -> AbstractContextManager[str]:
    """The URL of a server whose GET requests are answered by `respond`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            response = respond(Request(self.path, headers))
            self.send_response(response.status)
            for name, value in response.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response.body)

        def log_message(self, *_: object) -> None:
            """Write nothing to standard error."""

    return serving(Handler)
