"""The gate: what every request passes before anything else sees it, and what comes out when that fails."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from userstatus.http import NOSNIFF

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]
CONTROL = re.compile(r"[\0-\x1f\x7f]+")
SLASHES = re.compile("//+")
BAD_REQUEST = b'{"error":"this is not a request that can be understood here: use a client of Socket.IO"}'


class Gate:
    """WSGI middleware around the whole service.

    - A client's address and scheme come from X-Forwarded-* where a router put them: a platform's router, or
      one on this machine, connects from a private address; anybody else's headers are their own invention.
    - Header values are free of control characters, the query is ASCII, and a path has no slash twice, which
      is what comes of joining a base URL and a path, and would be redirected to whatever host was named.
    - No 5xx for what a client sent: what the Socket.IO libraries stumble over is a bad request.
    - Every answer tells browsers to take it for what it says it is.
    """

    def __init__(self, application: Application, app: Flask):
        self.app = app
        self.application = application
        self.routed = ProxyFix(application, x_for=1, x_proto=1)
        self.in_flight = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _clean(environ)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, NOSNIFF], exc_info)

        environ["flask.app"] = self.app  # where Flask-SocketIO's handlers look for it
        live = environ["PATH_INFO"].startswith("/socket.io")
        self.in_flight += not live
        try:
            if "HTTP_X_FORWARDED_FOR" in environ and ip_address(environ["REMOTE_ADDR"]).is_private:
                return self.routed(environ, start)
            return self.application(environ, start)
        except Exception as error:
            if not live:
                log.exception("%s failed", environ["PATH_INFO"])  # the server below has only a 500 for it
                raise
            log.warning("refused %s from %s: %r", environ["PATH_INFO"], environ["REMOTE_ADDR"], error)
            if "HTTP_UPGRADE" in environ:
                environ["userstatus.hang_up"](silently=True)  # it may be a WebSocket already
                return []
            environ["userstatus.hang_up"]()
            start("400 BAD REQUEST", [("Content-Type", "application/json")])
            return [BAD_REQUEST]
        finally:
            self.in_flight -= not live


def _clean(environ: dict[str, Any]) -> None:
    # Compression would cost 100 KB for each viewer, and the work once for each instead of once for all.
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    # Without the other header it means nothing (RFC 9110, section 7.8), and Engine.IO stumbles over it.
    if "HTTP_UPGRADE" in environ:
        options = environ.get("HTTP_CONNECTION", "").lower().split(",")
        if "upgrade" not in (option.strip() for option in options):
            del environ["HTTP_UPGRADE"]
    for name, value in environ.items():
        if name.startswith("HTTP_") and not value.isprintable():
            environ[name] = CONTROL.sub(" ", value)
    if "//" in environ["PATH_INFO"]:
        environ["PATH_INFO"] = SLASHES.sub("/", environ["PATH_INFO"])
    scheme = environ.pop("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
    if scheme in ("http", "https"):
        environ["HTTP_X_FORWARDED_PROTO"] = scheme
    query = environ.get("QUERY_STRING", "")
    if not query.isascii():
        environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe="%/:?#[]@!$&'()*+,;=~")
