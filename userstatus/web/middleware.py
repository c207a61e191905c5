"""WSGI middleware around one service: proxy headers, what is in flight, and what comes out of a failure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from userstatus.errors import Rejection
from userstatus.web import rejections
from userstatus.web.http_server import NOSNIFF

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Middleware:
    """Passed by every request.

    - A client's address and scheme come from X-Forwarded-* if a router put them there: a platform's router,
      or one on this machine, connects from a private address; anybody else could invent the headers.
    - No 5xx for what a client sent: what the Socket.IO libraries stumble over is a bad request.
    - Every response tells browsers to take it for what it says it is.

    `in_flight` counts requests that have not been answered, except for those of Socket.IO.
    """

    def __init__(self, application: Application):
        self.application = application
        self.routed = ProxyFix(application, x_for=1, x_proto=1)
        self.in_flight = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            return start_response(status, [*headers, NOSNIFF], exc_info)

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
            return _bad_request(environ, start, error)
        finally:
            self.in_flight -= not live


def _bad_request(environ: dict[str, Any], start: Any, error: Exception) -> Iterable[bytes]:
    """Reject what the Socket.IO libraries did not understand."""
    log.warning("rejected %s from %s: %r", rejections.path(environ), environ["REMOTE_ADDR"], error)
    if "HTTP_UPGRADE" in environ:
        environ["userstatus.hang_up"](silently=True)  # it may be a WebSocket already
        return []
    environ["userstatus.hang_up"]()
    rejection = Rejection("this is not a request that can be understood here: use a client of Socket.IO")
    status, headers, body = rejection.as_response()
    start(status, headers)
    return [body]
