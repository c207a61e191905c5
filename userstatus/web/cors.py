"""CORS: which pages of other origins may use this service (CORS_ORIGINS), for every kind of request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request

from userstatus.errors import Rejection
from userstatus.redaction import redacted

EXPOSED = (
    "Access-Control-Expose-Headers",
    "X-Truncated, X-Gap, X-Last-Id, X-Cursor, X-Request-ID, Retry-After",
)
READING = ("GET", "HEAD", "OPTIONS")  # these change nothing, so hiding the response is enough protection
PREFLIGHT = [("Access-Control-Allow-Methods", "GET, POST, OPTIONS"), ("Access-Control-Max-Age", "604800")]


class Origins:
    """The allowed origins; `("*",)` allows all of them.

    The service's own pages are always allowed, and so are programs, which send no Origin.
    """

    def __init__(self, names: tuple[str, ...]):
        self.names = names
        self.every = "*" in names

    def allows(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Whether a page of the origin may connect to the address in the WSGI environ."""
        if self.every or origin is None:
            return True
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
        return origin.lower() in (*self.names, own.lower())

    def check(self, environ: Mapping[str, Any]) -> None:
        """Reject what browsers let any page do: POST text, open a WebSocket. Raises Rejection."""
        origin = environ.get("HTTP_ORIGIN")
        if not self.allows(origin, environ):
            raise Rejection(f"pages of {origin} may not do this: name it in CORS_ORIGINS", status=403)

    def headers(self, environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The CORS headers for the response to a request, whatever the response is."""
        if self.every:
            found = [("Access-Control-Allow-Origin", "*"), EXPOSED]
        elif self.allows(origin := environ.get("HTTP_ORIGIN", ""), environ):
            found = [("Access-Control-Allow-Origin", origin), EXPOSED, ("Vary", "Origin")]
        else:
            found = [("Vary", "Origin")]
        if environ["REQUEST_METHOD"] == "OPTIONS":
            asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or "Content-Type"
            found = [*found, *PREFLIGHT, ("Access-Control-Allow-Headers", redacted(asked))]
        return found

    def install(self, app: Flask) -> None:
        """Add the headers to every response, errors and preflights included, except to files open to all."""

        @app.before_request
        def check_origin() -> None:
            if request.method not in READING:
                self.check(request.environ)

        @app.after_request
        def add_headers(response: Response) -> Response:
            if "Access-Control-Allow-Origin" not in response.headers:
                response.headers.extend(self.headers(request.environ))
            return response
