"""Which pages on other hosts may talk to this service (CORS_ORIGINS), for every kind of request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, request

from userstatus.errors import Refusal

EXPOSED = ("Access-Control-Expose-Headers", "X-Truncated, X-Gap, X-Last-Id, X-Cursor, Retry-After")
READING = ("GET", "HEAD", "OPTIONS")  # what changes nothing, so that the browser guards the answer alone
PREFLIGHT = [("Access-Control-Allow-Methods", "GET, POST, OPTIONS"), ("Access-Control-Max-Age", "604800")]


def allows(origins: tuple[str, ...]) -> Callable[[str | None, Mapping[str, Any]], bool]:
    """A check whether the page of some origin may connect; the service's own pages always may, and so may
    programs, which name none."""

    def allowed(origin: str | None, environ: Mapping[str, Any]) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
        return "*" in origins or origin is None or origin.lower() in (*origins, own.lower())

    return allowed


def headers(origins: tuple[str, ...]) -> Callable[[Mapping[str, Any]], list[tuple[str, str]]]:
    """A function from a WSGI environ to the headers that the answer to it needs, whatever it is."""
    allowed = allows(origins)
    everybody = [("Access-Control-Allow-Origin", "*"), EXPOSED]

    def of(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
        if "*" in origins:
            found = everybody
        elif allowed(origin := environ.get("HTTP_ORIGIN", ""), environ):
            found = [("Access-Control-Allow-Origin", origin), EXPOSED, ("Vary", "Origin")]
        else:
            found = [("Vary", "Origin")]
        if environ["REQUEST_METHOD"] == "OPTIONS":
            asked = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS") or "Content-Type"
            found = [*found, *PREFLIGHT, ("Access-Control-Allow-Headers", asked)]
        return found

    return of


def guard(origins: tuple[str, ...]) -> Callable[[Mapping[str, Any]], None]:
    """A check of what a browser lets every page do, asked or not: POST text, connect by WebSocket.

    It raises Refusal. Programs name no origin, and may do everything.
    """
    allowed = allows(origins)

    def check(environ: Mapping[str, Any]) -> None:
        origin = environ.get("HTTP_ORIGIN")
        if not allowed(origin, environ):
            raise Refusal(f"pages of {origin} may not do this: name it in CORS_ORIGINS", status=403)

    return check


def install(app: Flask, origins: tuple[str, ...]) -> None:
    """Add the headers to every answer, errors and preflights included, but for what is open to everybody."""
    of = app.extensions["cors_headers"] = headers(origins)
    check = app.extensions["origins"] = guard(origins)

    @app.before_request
    def refuse_others() -> None:
        if request.method not in READING:
            check(request.environ)

    @app.after_request
    def add(response: Response) -> Response:
        if "Access-Control-Allow-Origin" not in response.headers:
            response.headers.extend(of(request.environ))
        return response
