"""The HTTP server: connections from their first byte to their last.

eventlet's WSGI server accepts connections and calls the application; requests are parsed here (see
`request_head` and `request_body`).
"""

from __future__ import annotations

import gc
import inspect
import logging
import resource
import signal
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
from userstatus.errors import Rejection
from userstatus.web.listener import Listener
from userstatus.web.request_body import Body
from userstatus.web.request_head import MAX_EMPTY_LINES, Head

log = logging.getLogger(__name__)

CorsHeaders = Callable[[Mapping[str, Any]], list[tuple[str, str]]]

KEEP_ALIVE_S = 75  # that a connection may rest between two requests; routers reuse theirs for up to 60
SILENCE_S = 20  # that a client may take to go on with a request, or with taking its response
MAX_HEAD_S = 30  # in which all of a request's head has to arrive, from its first byte on
MAX_BODY_S = 30  # and all of its body, from the end of the head on
MAX_RESPONSE_S = 120  # in which all of a response has to be taken; streams are bounded otherwise
LINGER_S = 2  # for which what a client still sends is discarded, lest it miss its response
LAST_CONNECTIONS_S = 2  # that connections get to end when the server stops
MAX_CONNECTIONS = 100_000  # eventlet's own bound of 1,024 would hang the server, as every viewer holds one
OTHER_FILES = 64  # descriptors that are kept for files and the database
NOSNIFF = ("X-Content-Type-Options", "nosniff")  # a browser is not to take what is shown for anything else


class Headers(dict[str, str]):
    """A request's headers by their names in lower case, for eventlet, which writes them as it likes."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Log:
    """What the application or a library has to say on its standard error, as lines of the log."""

    def write(self, text: str) -> None:
        if text.strip():
            log.warning("%s", text.strip())

    def flush(self) -> None:
        """There is nothing to do."""


ERRORS = Log()


class Protocol(wsgi.HttpProtocol):  # type: ignore[misc]
    """One HTTP connection, which is `environ["userstatus.connection"]`.

    `environ["userstatus.hang_up"]()` ends it after the present response; with `silently=True` there is none.
    `environ["userstatus.take_over"](run)` gives the connection to `run(connection)` once the application has
    returned, and ends it afterwards.
    """

    rbufsize = 1024  # bytes that every viewer's connection holds for good; a larger body is read past it

    def __init__(self, state: Any, server: Any, cors_headers: CorsHeaders):
        self.cors_headers = cors_headers
        self._lingers = False
        super().__init__(state, server)

    def handle(self) -> None:
        """Answer one request after the other, until either side has had enough."""
        try:
            while self._answers():
                self.conn_state[2] = wsgi.STATE_IDLE
                self.connection.maybe_yield()  # further requests may be in its buffer already
        except (OSError, EOFError):
            log.debug("the connection of %s has broken", self.client_address[0], exc_info=True)
        except Exception:
            log.exception("the connection of %s has failed", self.client_address[0])

    def _answers(self) -> bool:
        """Read one request and answer it; whether the connection is still good for another one."""
        connection, head = self.connection, Head()
        connection.deadline = None
        connection.settimeout(KEEP_ALIVE_S)
        # A stop shuts what rests, yet the kernel still hands out what had come by then. That is not done, as
        # its answer would not arrive.
        if not self._begins() or self.conn_state[2] == wsgi.STATE_CLOSE:
            return False
        self.conn_state[2] = wsgi.STATE_REQUEST
        connection.settimeout(SILENCE_S)
        connection.deadline = time.monotonic() + MAX_HEAD_S
        try:
            head.read(self.rfile.readline)
        except Rejection as rejection:
            self._reject(head, rejection)
            return False
        except TimeoutError:
            self._reject(head, Rejection("the request did not arrive whole: send it again", status=408))
            return False
        connection.deadline = time.monotonic() + MAX_BODY_S if head.has_body else None
        self.close_connection = not head.keep_alive
        self.command, self.request_version, self.headers = head.method, head.version, Headers(head.headers)
        self.requestline = f"{head.method} {head.target}"  # eventlet names it where a body makes no sense
        self.environ = self.get_environ(head)
        self.application = self.server.app
        connection.patience, connection.answer_until = MAX_RESPONSE_S, None
        del head  # a viewer's connection would keep it for nothing
        self.handle_one_response()
        self._lingers = self._lingers or self.environ["eventlet.input"].unread
        return not self.close_connection and self.conn_state[2] != wsgi.STATE_CLOSE

    def _begins(self) -> bool:
        """Wait for the next request, past the empty lines that some clients send behind a body."""
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
            "userstatus.connection": self.connection,
            "userstatus.hang_up": self._hang_up,
            "userstatus.take_over": self._take_over,
        }
        for name, value in head.headers.items():
            if "_" not in name:  # which nobody could tell from a hyphen
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
        """Respond to what cannot be given to the application, and end the connection."""
        log.warning("rejected a request from %s: %s", self.client_address[0], rejection.error)
        known = {f"HTTP_{name.upper()}": head.headers.get(name) for name in ("host", "origin")}
        environ = {name: value for name, value in known.items() if value is not None}
        environ |= {"REQUEST_METHOD": head.method, "wsgi.url_scheme": "http"}
        status, headers, body = rejection.as_response()
        headers += [
            ("Date", wsgi.format_date_time(time.time())),
            ("Connection", "close"),
            NOSNIFF,
            *self.cors_headers(environ),
        ]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        self._lingers = True
        self.wfile.write(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body)

    def _hang_up(self, silently: bool = False) -> None:
        self.conn_state[2] = wsgi.STATE_CLOSE
        self.close_connection = True
        self._lingers = not silently
        if silently:
            self.connection.deadline = self.connection.patience = None  # there is no HTTP on it any more
        wsgi.WSGI_LOCAL.already_handled = silently

    def _take_over(self, run: Callable[[Any], None]) -> None:
        self._hang_up(silently=True)
        # Not from within the application, whose frames would stay in memory as long as the connection.
        self.environ["eventlet.posthooks"].append((lambda _: run(self.connection), (), {}))

    def finish(self) -> None:
        """End the connection, at whatever stage it is."""
        with suppress(OSError, ValueError):
            self.wfile.flush()
            if self._lingers:
                self._linger()
        with suppress(OSError, ValueError):
            super().finish()

    def _linger(self) -> None:
        # An end with something unread would be a reset, which can take the answer back that is under way.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.deadline = time.monotonic() + LINGER_S
        while self.connection.recv(65536):
            pass


def _max_connections() -> int:
    """So many that there are descriptors left for files and for the database: others wait to be accepted."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(16, min(MAX_CONNECTIONS, files - OTHER_FILES))


def serve(
    listener: Listener, application: Any, goodbye: Callable[[], None], cors_headers: CorsHeaders
) -> None:
    """Serve the WSGI application until SIGTERM or SIGINT, or until accepting fails for good.

    Then nothing more is accepted, and `goodbye()` is called, which is to end what does not end by itself.
    `cors_headers` is for the answers to what never reaches the application.
    """
    gc.collect()
    gc.freeze()  # what is there by now stays, and need not be looked through again and again
    signals = eventloop.signals(signal.SIGTERM, signal.SIGINT)
    serving = eventlet.spawn(
        wsgi.server,
        listener,
        application,
        max_size=_max_connections(),
        protocol=partial(Protocol, cors_headers=cors_headers),
        keepalive=KEEP_ALIVE_S,
        socket_timeout=SILENCE_S,
        log_output=False,
        debug=False,
    )
    serving.link(lambda _: signals.put(None))
    signals.get()
    if not serving.dead:
        serving.kill(SystemExit)  # the end of accepting; eventlet then waits for all connections to end
    listener.close()
    goodbye()
    with eventlet.Timeout(LAST_CONNECTIONS_S, False):
        serving.wait()


NEEDED: dict[Any, str] = {
    wsgi: "server STATE_IDLE STATE_REQUEST STATE_CLOSE WSGI_LOCAL ChunkReadError format_date_time",
    wsgi.HttpProtocol: "setup handle_one_response finish rbufsize",
    wsgi.Input: "read _chunked_read should_send_hundred_continue send_hundred_continue_response",
}
OPTIONS = "max_size protocol keepalive socket_timeout log_output debug"  # of `wsgi.server`
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
    """What this module and `request_body` take for granted of eventlet, and is not so; a sentence each."""
    yield from eventloop.missing_names(NEEDED)
    options = inspect.signature(wsgi.server).parameters
    yield from (
        f"eventlet.wsgi.server has no {name} any more" for name in OPTIONS.split() if name not in options
    )
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        theirs.settimeout(LINGER_S)
        try:
            trial = _Trial([("", 0), ours, wsgi.STATE_IDLE], wsgi.Server(None, None, None, log_output=False))
            sent = theirs.recv(100)
        except Exception as error:
            yield f"eventlet.wsgi.HttpProtocol is not used as it was any more ({error!r})"
            return
    for owner, state in ((trial, CONNECTION_STATE), (trial.environ["eventlet.input"], BODY_STATE)):
        for name in state.split():
            if name not in vars(owner):
                yield f"eventlet.wsgi's {type(owner).__mro__[1].__name__} has no {name} any more"
    if sent != b"handed over" or not trial.close_connection:
        yield "eventlet.wsgi does not hand a connection over any more (WSGI_LOCAL, eventlet.posthooks)"
