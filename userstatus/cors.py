"""Which pages on other hosts may talk to this service (CORS_ORIGINS), for every kind of request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask, Response, request

WEEK = "604800"


def allows(origins: tuple[str, ...]) -> Callable[[str, Mapping[str, Any]], bool]:
    """A check whether the page of some origin may connect; the service's own pages always may."""

    def allowed(origin: str, environ: Mapping[str, Any]) -> bool:
        own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
        return "*" in origins or origin.lower() in (*origins, own.lower())

    return allowed


def install(app: Flask, origins: tuple[str, ...]) -> None:
    """Add the headers to every answer, errors and preflights included."""
    allowed = allows(origins)

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        origin = request.headers.get("Origin")
        if "*" in origins:
            headers["Access-Control-Allow-Origin"] = "*"
        else:
            headers["Vary"] = "Origin"
            if origin and allowed(origin, request.environ):
                headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Expose-Headers"] = "X-Truncated, X-Gap, Retry-After"
        if request.method == "OPTIONS":
            headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
            asked = request.headers.get("Access-Control-Request-Headers", "")
            headers["Access-Control-Allow-Headers"] = asked or "Content-Type"
            headers["Access-Control-Max-Age"] = WEEK
        return response
