"""Rejections: how errors of any kind are logged and reported to the client as JSON."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from userstatus.errors import Rejection

log = logging.getLogger(__name__)

SERVED = "/, /watch, /newlog, /recent-logs, /sites, /activity, /events, /ws, /datastream and /healthz"


def of(error: Exception, environ: Mapping[str, Any]) -> Rejection:
    """The rejection to send to the client for an error; the error is logged."""
    where = (environ["REQUEST_METHOD"], path(environ))
    if isinstance(error, Rejection):
        log.warning("rejected %s %s from %s: %s", *where, environ["REMOTE_ADDR"], error.reason)
        return error
    log.error("%s %s failed", *where, exc_info=error)
    return Rejection("the server failed to do this, its log says why", status=500)


def path(environ: Mapping[str, Any]) -> str:
    """The path that the client requested, including the prefix that the router removed."""
    found: str = environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"]
    return found.encode("latin-1").decode("utf-8", "replace")  # PEP 3333 has bytes as Latin-1


def install(app: Flask) -> None:
    """Make the application respond to every error with a rejection."""

    @app.errorhandler(HTTPException)
    def not_served(error: HTTPException) -> Response:
        """Respond to Flask's own errors in the same shape as to all others."""
        where = path(request.environ)
        if isinstance(error, NotFound):
            return _response(Rejection(f"nothing is served at {where}: see {SERVED}", status=404))
        if isinstance(error, MethodNotAllowed):
            allowed = ", ".join(sorted(error.valid_methods or ()))
            rejection = Rejection(f"{where} does not take {request.method}: use {allowed}", status=405)
            response = _response(rejection)
            response.headers["Allow"] = allowed
            return response
        return _response(Rejection(str(error.description), status=error.code or 500))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        return _response(of(error, request.environ))


def _response(rejection: Rejection) -> Response:
    status, headers, body = rejection.as_response()
    return Response(body, status, headers)
