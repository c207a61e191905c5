"""Rejections: how errors of any kind are logged and reported: to people as a page, to programs as JSON."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from userstatus.connection import connection_of
from userstatus.errors import Rejection
from userstatus.instruments.log_lines import About

log = logging.getLogger(__name__)

Page = Callable[[Rejection], Response]  # makes a rejection a page for people

LOOKING = ("GET", "HEAD")  # methods of a browser that shows an address; pages send nothing else by themselves
SERVED = (
    "/, /watch, /newlog, /recent-logs, /sites, /activity, /events, /ws, /datastream, /healthz, /readyz, "
    "/metrics and /docs"
)


def of(error: Exception, environ: Mapping[str, Any]) -> Rejection:
    """The rejection to send to the client for an error; the error is logged."""
    where = (environ["REQUEST_METHOD"], path(environ))
    if isinstance(error, Rejection):
        extra = about(environ, error.status).as_extra()
        log.warning("rejected %s %s from %s: %s", *where, environ["REMOTE_ADDR"], error.reason, extra=extra)
        return error
    log.error("%s %s failed", *where, exc_info=error, extra=about(environ, 500).as_extra())
    return Rejection("the server failed to do this, its log says why", status=500)


def about(environ: Mapping[str, Any], status: int) -> About:
    """What the log tells of a request that is answered with this status."""
    connection = connection_of(environ)
    return About(
        environ["REMOTE_ADDR"],
        connection.request_id,
        environ["REQUEST_METHOD"],
        path(environ),
        status,
        time.monotonic() - connection.began,
    )


def path(environ: Mapping[str, Any]) -> str:
    """The path that the client requested, including the prefix that the router removed.

    Characters that cannot be seen stay quoted: one that reverses the direction would turn our words around.
    """
    found: str = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
    found = found.encode("latin-1").decode("utf-8", "replace")  # PEP 3333 has bytes as Latin-1
    return found if found.isprintable() else "".join(c if c.isprintable() else quote(c) for c in found)


def install(app: Flask, page: Page) -> None:
    """Make the application respond to every error with a rejection."""

    @app.errorhandler(HTTPException)
    def not_served(error: HTTPException) -> Response:
        """Respond to Flask's own errors in the same shape as to all others."""
        where = path(request.environ)
        if isinstance(error, NotFound):
            return response(Rejection(f"nothing is served at {where}: see {SERVED}", status=404), page)
        if isinstance(error, MethodNotAllowed):
            allowed = ", ".join(sorted(error.valid_methods or ()))
            rejection = Rejection(f"{where} does not take {request.method}: use {allowed}", status=405)
            found = response(rejection, page)
            found.headers["Allow"] = allowed
            return found
        return response(Rejection(str(error.description), status=error.code or 500), page)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        return response(of(error, request.environ), page)


def response(rejection: Rejection, page: Page) -> Response:
    """The response to the present request: a page for a browser that shows an address, JSON otherwise."""
    status, headers, body = rejection.as_response()
    found = Response(body, status, headers)
    if request.method not in LOOKING:
        return found
    if prefers_html(request.accept_mimetypes):
        found = page(rejection)
        found.headers.extend(rejection.hints)
    found.vary.add("Accept")
    return found


def prefers_html(accepted: MIMEAccept) -> bool:
    """Whether an Accept header prefers HTML to JSON; one that takes anything, like that of curl, does not."""
    return accepted.quality("text/html") > accepted.quality("application/json")
