"""The HTTP server: connections from their first byte to their last.

eventlet's WSGI server accepts connections and calls the application; requests are parsed here (see
`request_head` and `request_body`).
"""

from __future__ import annotations

import inspect
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from functools import partial
from typing import Any
from urllib.parse import unquote

import eventlet
from eventlet import wsgi

from userstatus import eventloop
from userstatus.connection import KEY, REQUEST_ID
from userstatus.errors import Rejection
from userstatus.instruments.counts import Tally
from userstatus.instruments.log_lines import About
from userstatus.sockets import DetachedSocket
from userstatus.web.listener import Listener
from userstatus.web.places import Places
from userstatus.web.request_body import Body
from userstatus.web.request_head import MAX_EMPTY_LINES, Head
from userstatus.web.request_ids import RequestIds

log = logging.getLogger(__name__)

CorsHeaders = Callable[[Mapping[str, Any]], list[tuple[str, str]]]

KEEP_ALIVE_S = 75  # that a connection may stay idle between two requests; routers reuse theirs for up to 60
MAX_SILENCE_S = 20  # without progress in sending a request or in reading its response
MAX_HEAD_S = 30  # for a whole request head, from its first byte
MAX_BODY_S = 30  # for a whole body, from the end of the head
MAX_RESPONSE_S = 120  # for reading a whole response; streams have limits of their own
LINGER_S = 2  # during which further input is discarded, so that the client does not miss its response
MAX_CLOSE_S = 2  # for connections to end when the server stops
NOSNIFF = ("X-Content-Type-Options", "nosniff")  # browsers must not guess another type


class Headers(dict[str, str]):
    """Request headers by lowercase name; eventlet looks them up in any case."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Log:
    """A standard error stream for the application and libraries, which writes to the log."""

    def write(self, text: str) -> None:
        if text.strip():
            log.warning("%s", text.strip())

    def flush(self) -> None:
        """Do nothing."""


ERRORS = Log()


class Protocol(wsgi.HttpProtocol):  # type: ignore[misc]
    """One HTTP connection, which `connection_of(environ)` returns to the application."""

    rbufsize = 1024  # held by every connection that is kept alive; larger bodies bypass this buffer

    def __init__(
        self,
        state: Any,
        server: Any,
        places: Places,
        cors_headers: CorsHeaders,
        rejected: Tally,
        request_ids: RequestIds,
    ):
        self.places = places
        self.cors_headers = cors_headers
        self.rejected = rejected
        self.request_ids = request_ids
        self._lingers = False
        super().__init__(state, server)

    def handle(self) -> None:
        """Handle one request after another, until either side ends the connection."""
        self.capitalize_response_headers = False  # it would take as long as everything else about a header
        try:
            while self._serve_request():
                self.conn_state[2] = wsgi.STATE_IDLE
                self.connection.maybe_yield()  # its buffer may hold further requests already
        except (OSError, EOFError):
            log.debug("the connection from %s broke", self.client_address[0], exc_info=True)
        except Exception:
            log.exception("the connection from %s failed", self.client_address[0])

    def _serve_request(self) -> bool:
        """Read a request and respond to it; returns whether the connection can take another one."""
        connection, head = self.connection, Head()
        connection.deadline = None
        connection.settimeout(KEEP_ALIVE_S)
        # When the server stops, idle connections are shut down, but the kernel still delivers requests that
        # had arrived before. They are not handled, as their response would not arrive.
        if not self._begins() or self.conn_state[2] == wsgi.STATE_CLOSE:
            return False
        self.conn_state[2] = wsgi.STATE_REQUEST
        connection.settimeout(MAX_SILENCE_S)
        self.began = time.monotonic()
        connection.deadline = self.began + MAX_HEAD_S
        try:
            head.read(self.rfile.readline)
        except Rejection as rejection:
            self._reject(head, rejection)
            return False
        except TimeoutError:
            self._reject(head, Rejection("the request did not arrive whole: send it again", status=408))
            return False
        self.request_id = self.request_ids.of(head.headers)
        connection.deadline = time.monotonic() + MAX_BODY_S if head.has_body else None
        self.close_connection = not head.keep_alive
        self.command, self.request_version, self.headers = head.method, head.version, Headers(head.headers)
        # eventlet logs it if the body is invalid; a query may have a key.
        self.requestline = f"{head.method} {head.target.partition('?')[0]}"
        self.environ = self.get_environ(head)
        self.application = self.server.app
        connection.patience, connection.response_until = MAX_RESPONSE_S, None
        del head  # otherwise a poll that waits would keep it in memory
        self.handle_one_response()
        self._lingers = self._lingers or self.environ["eventlet.input"].unread
        return not self.close_connection and self.conn_state[2] != wsgi.STATE_CLOSE

    def _begins(self) -> bool:
        """Wait for the next request, skipping the empty lines that some clients send after a body."""
        for _ in range(MAX_EMPTY_LINES):
            if not self.rfile.peek(1).startswith((b"\r\n", b"\n")):
                break
            self.rfile.readline(2)
        return bool(self.rfile.peek(1))

    def get_environ(self, head: Head) -> dict[str, Any]:
        """The WSGI environ of a request (PEP 3333)."""
        path, _, query = head.target.partition("?")
        server, client = self.connection.getsockname(), self.client_address
        environ = {
            "REQUEST_METHOD": head.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": head.headers.get("content-type", ""),
            "SERVER_NAME": server[0],
            "SERVER_PORT": str(server[1]),
            "SERVER_PROTOCOL": head.version,
            "REMOTE_ADDR": client[0],
            "REMOTE_PORT": str(client[1]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.errors": ERRORS,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "eventlet.posthooks": [],
            KEY: self,
        }
        for name, value in head.headers.items():
            if "_" not in name:  # a WSGI name could not be told from one with a hyphen
                environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        environ.pop("HTTP_CONTENT_TYPE", None)
        if (length := environ.pop("HTTP_CONTENT_LENGTH", None)) is not None:
            environ["CONTENT_LENGTH"] = length
        environ["wsgi.input"] = environ["eventlet.input"] = self._body(head)
        return environ

    def _body(self, head: Head) -> Body:
        waits = head.headers.get("expect", "").lower() == "100-continue" and head.version == "HTTP/1.1"
        return Body(
            self.rfile,
            head.content_length or 0,
            self.connection,
            wfile=self.wfile if waits else None,
            wfile_line=b"HTTP/1.1 100 Continue\r\n" if waits else None,
            chunked_input=head.chunked,
        )

    def _reject(self, head: Head, rejection: Rejection) -> None:
        """Respond to a request that cannot be passed to the application, and end the connection."""
        self.rejected[str(rejection.status)] += 1
        client, request_id = self.client_address[0], self.request_ids.of(head.headers)
        about = About(client, request_id, status=rejection.status, duration=time.monotonic() - self.began)
        log.warning("rejected a request from %s: %s", client, rejection.error, extra=about.as_extra())
        known = {f"HTTP_{name.upper()}": head.headers.get(name) for name in ("host", "origin")}
        environ = {name: value for name, value in known.items() if value is not None}
        environ |= {"REQUEST_METHOD": head.method, "wsgi.url_scheme": "http"}
        status, headers, body = rejection.as_response()
        headers += [
            ("Date", wsgi.format_date_time(time.time())),
            ("Connection", "close"),
            NOSNIFF,
            (REQUEST_ID, request_id),
            *self.cors_headers(environ),
        ]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self._lingers = True
        self.wfile.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body)

    def hang_up(self, silently: bool = False) -> None:
        self.conn_state[2] = wsgi.STATE_CLOSE
        self.close_connection = True
        self._lingers = not silently
        wsgi.WSGI_LOCAL.already_handled = silently

    def take_over(self, run: Callable[[DetachedSocket], None]) -> None:
        self.hang_up(silently=True)
        self.environ["eventlet.posthooks"].append((lambda _: run(self._detached()), (), {}))

    def _detached(self) -> DetachedSocket:
        """The client's socket, which outlives this request, and takes a place until it is closed."""
        self.places.lend()
        return DetachedSocket(self.connection, self.places.take_back)

    def finish(self) -> None:
        """End the connection, whatever state it is in."""
        with suppress(OSError, ValueError):
            self.wfile.flush()
            if self._lingers:
                self._linger()
        with suppress(OSError, ValueError):
            super().finish()

    def _linger(self) -> None:
        # Closing with unread data would reset the connection, and the client could lose the response.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.deadline = time.monotonic() + LINGER_S
        while self.connection.recv(65536):
            pass


def serve(
    listener: Listener,
    application: Any,
    stop: Any,
    on_stop: Callable[[], None],
    cors_headers: CorsHeaders,
    rejected: Tally,
) -> None:
    """Serve the WSGI application until an item is in the queue `stop`, or accepting fails for good.

    Then no more connections are accepted, and `on_stop()` is called, which must end connections that do not
    end by themselves. `cors_headers` is for responses to requests that never reach the application;
    `rejected` counts them by status.
    """
    places = Places()
    protocol = partial(Protocol, places=places, cors_headers=cors_headers, rejected=rejected)
    serving = eventlet.spawn(
        wsgi.server,
        listener,
        application,
        custom_pool=places,
        protocol=partial(protocol, request_ids=RequestIds()),
        keepalive=KEEP_ALIVE_S,
        socket_timeout=MAX_SILENCE_S,
        log_output=False,
        debug=False,
    )
    serving.link(lambda _: stop.put(None))
    stop.get()
    if not serving.dead:
        serving.kill(SystemExit)  # stops accepting; eventlet then waits for all connections to end
    listener.close()
    on_stop()
    with eventlet.Timeout(MAX_CLOSE_S, False):
        serving.wait()


NEEDED: dict[Any, str] = {
    wsgi: "server STATE_IDLE STATE_REQUEST STATE_CLOSE WSGI_LOCAL ChunkReadError format_date_time",
    wsgi.HttpProtocol: "setup handle_one_response finish rbufsize capitalize_response_headers",
    wsgi.Input: "read _chunked_read should_send_hundred_continue send_hundred_continue_response",
}
OPTIONS = "custom_pool protocol keepalive socket_timeout log_output debug"  # of `wsgi.server`
CONNECTION_STATE = "conn_state client_address server connection rfile wfile"  # of a HttpProtocol
BODY_STATE = "position content_length chunked_input is_hundred_continue_response_sent"  # of an Input


class _Trial(wsgi.HttpProtocol):  # type: ignore[misc]
    """A connection whose first request is answered by a handover, in the way of `Protocol`."""

    def handle(self) -> None:
        self.close_connection = False
        self.command, self.request_version, self.requestline = "GET", "HTTP/1.1", "GET /"
        self.headers = Headers()
        body = Body(self.rfile, 0, self.connection, wfile=None, wfile_line=None, chunked_input=False)
        self.environ = {"eventlet.input": body, "eventlet.posthooks": []}
        self.application = self._hand_over
        self.handle_one_response()

    def _hand_over(self, environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        wsgi.WSGI_LOCAL.already_handled = True
        environ["eventlet.posthooks"].append((lambda _: self.connection.sendall(b"handed over"), (), {}))
        return []


def broken_assumptions() -> Iterator[str]:
    """The assumptions of this module and `request_body` about eventlet that do not hold, a sentence each."""
    yield from eventloop.missing_names(NEEDED)
    options = inspect.signature(wsgi.server).parameters
    yield from (
        f"eventlet.wsgi.server no longer has {name}" for name in OPTIONS.split() if name not in options
    )
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.settimeout(LINGER_S)
        try:
            trial = _Trial([("", 0), ours, wsgi.STATE_IDLE], wsgi.Server(None, None, None, log_output=False))
            sent = theirs.recv(100)
        except Exception as error:
            yield f"eventlet.wsgi.HttpProtocol works differently ({error!r})"
            return
    for owner, state in ((trial, CONNECTION_STATE), (trial.environ["eventlet.input"], BODY_STATE)):
        for name in state.split():
            if name not in vars(owner):
                yield f"eventlet.wsgi's {type(owner).__mro__[1].__name__} no longer has {name}"
    if sent != b"handed over" or not trial.close_connection:
        yield "eventlet.wsgi no longer hands a connection over (WSGI_LOCAL, eventlet.posthooks)"
