"""WSGI middleware for one service: proxy headers, requests in flight, and responses to failures."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from userstatus.connection import REQUEST_ID, connection_of
from userstatus.errors import Rejection
from userstatus.instruments.counts import Tally
from userstatus.web import rejections
from userstatus.web.challenges import challenges
from userstatus.web.http_server import NOSNIFF
from userstatus.web.proxies import Proxies

log = logging.getLogger(__name__)

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Middleware:
    """Wraps every request.

    - The client's address and scheme come from X-Forwarded-* if a trusted proxy set them, `hops` of which add
      an address each; any other client could forge these headers.
    - A client's mistake never causes a 5xx: if the Socket.IO libraries fail on it, the response is a 400.
    - A response to HEAD has no body, which would be taken for the next response. The Socket.IO libraries do
      not know this method.
    - A 401 tells programs that a key may come as a password as well.
    - Every response has the id of its request, and tells browsers not to guess its type.

    `in_flight` is the number of requests without a response yet, not counting those of Socket.IO.
    """

    def __init__(self, application: Application, proxies: Proxies, hops: int = 1):
        self.application = application
        self.proxies = proxies
        self.routed = ProxyFix(application, x_for=hops, x_proto=1)
        self.in_flight = 0
        self.rejected = Tally()  # requests that got an error, by status

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request_id = (REQUEST_ID, connection_of(environ).request_id)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if status >= "4":
                self.rejected[status[:3]] += 1
            if status.startswith("401"):
                headers = [*headers, *challenges(environ)]
            return start_response(status, [*headers, NOSNIFF, request_id], exc_info)

        live = environ["PATH_INFO"].startswith("/socket.io")
        self.in_flight += not live
        try:
            forwarded = "HTTP_X_FORWARDED_FOR" in environ and self.proxies.trusts(environ["REMOTE_ADDR"])
            response = (self.routed if forwarded else self.application)(environ, start)
            return [] if live and environ["REQUEST_METHOD"] == "HEAD" else response
        except Exception as error:
            return (_bad_request if live else _failed)(environ, start, error)
        finally:
            self.in_flight -= not live


def _failed(environ: dict[str, Any], start: Any, error: Exception) -> Iterable[bytes]:
    """Respond to a request on which the service failed outside Flask, which responds in the same way."""
    connection_of(environ).hang_up()  # whether all of its body was read is unknown
    status, headers, body = rejections.of(error, environ).as_response()
    start(status, headers)
    return [body]


def _bad_request(environ: dict[str, Any], start: Any, error: Exception) -> Iterable[bytes]:
    """Reject a request that the Socket.IO libraries did not understand."""
    where, extra = rejections.path(environ), rejections.about(environ, 400).as_extra()
    kind = type(error).__name__  # what it says may quote the request, and so a key
    log.warning("rejected %s from %s: %s", where, environ["REMOTE_ADDR"], kind, extra=extra)
    if "HTTP_UPGRADE" in environ:
        connection_of(environ).hang_up(silently=True)  # it may already be a WebSocket
        return []
    connection_of(environ).hang_up()
    rejection = Rejection("this is not a request that can be understood here: use a client of Socket.IO")
    status, headers, body = rejection.as_response()
    start(status, headers)
    return [body]
