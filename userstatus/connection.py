"""The HTTP connection of a WSGI request, for whoever has to end it or take it over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from userstatus.sockets import DetachedSocket

REQUEST_ID = "X-Request-ID"  # the header of every response
KEY = "userstatus.connection"  # in the WSGI environ, set by the HTTP server


class HttpConnection(Protocol):
    """What the HTTP server offers beyond WSGI. `connection` is the client's socket.

    `request_id` is that of the present request, and `began` when its first byte came, by the monotonic clock.
    """

    connection: Any
    request_id: str
    began: float

    def hang_up(self, silently: bool = False) -> None:
        """End the connection after the current response, or without one if `silently`."""

    def take_over(self, run: Callable[[DetachedSocket], None]) -> None:
        """Call `run` with the client's socket once the application has returned.

        The connection is its own from then on, and no longer ends with the request.
        """


def connection_of(environ: Mapping[str, Any]) -> HttpConnection:
    """The connection on which a request came."""
    found: HttpConnection = environ[KEY]
    return found
