"""The event loop: the one room that knows it is eventlet's.

Every connection has a green thread; a thread runs until it waits. What must happen together (a write and
its commit, the check and the join of a subscription) therefore just does not wait in between.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from userstatus.errors import StartError

with warnings.catch_warnings():
    # It announces its retirement at every import; that this service stands on it is known and contained here.
    warnings.simplefilter("ignore")
    import eventlet
    import eventlet.event
    import eventlet.queue
    import eventlet.tpool
    import eventlet.websocket
    import eventlet.wsgi

log = logging.getLogger(__name__)

Event = eventlet.event.Event  # happens once: send(value) or send_exception(error), wait(timeout=None)
Empty = eventlet.queue.Empty
Queue = eventlet.queue.Queue  # `_put` and `_get` are there to be extended

BACKLOG = 4096  # connections that may wait to be accepted: everyone comes back at once after a restart
TURN = 0.002  # seconds of work at a stretch before everybody else gets a turn
SEND_BUFFER = 128 * 1024  # bytes that the kernel (which doubles it) holds for a connection that does not read
KEEP_ALIVE = 75  # seconds that a connection may rest between two requests; routers reuse theirs for up to 60
SILENCE = 20  # seconds that a client may take to go on with a request, or with taking its answer
LAST_CONNECTIONS = 2  # seconds that connections get to end when the server stops
EXHAUSTED = 0.2  # seconds after which to accept again
MOST_CONNECTIONS = 100_000  # eventlet's own bound of 1,024 would hang the server, as every viewer holds one


def patch() -> None:
    """Prepare the process: many open files, and a standard library that waits without blocking.

    To be called before anything else is imported.
    """
    # Every viewer is an open file, and the usual soft limit of 1,024 is for programs that know no better.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Without it, psycopg's wait for Postgres blocks the whole process instead of one green thread.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
    eventlet.monkey_patch()


class Turn:
    """A long piece of work that waits for nothing: `share()` lets everybody else run every `TURN` seconds."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def share(self) -> None:
        if time.monotonic() - self._began > TURN:
            time.sleep(0)
            self._began = time.monotonic()


def spawn(task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a green thread of its own, soon."""
    return eventlet.spawn(task, *args)


def spawn_after(seconds: float, task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a green thread of its own, that does not exist before its time."""
    return eventlet.spawn_after(seconds, task, *args)


def in_thread(task: Callable[..., object], *args: Any) -> Any:
    """Run in a real thread what would block the process, and wait for it as green threads do."""
    return eventlet.tpool.execute(task, *args)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Break off whatever the block waits for when the time is over. Raises TimeoutError."""
    timeout = eventlet.Timeout(seconds)
    try:
        yield
    except (eventlet.Timeout, Exception) as error:
        # What is broken off may well stumble over that; the reason is the same.
        if timeout.pending or (isinstance(error, eventlet.Timeout) and error is not timeout):
            raise
        raise TimeoutError(f"no answer within {seconds} s") from error
    finally:
        timeout.cancel()


def has_seam(engine: Any) -> bool:
    """Whether an Engine.IO server and this loop's WebSockets are made as the fast lane needs them."""
    try:
        ours, theirs = socket.socketpair()
        with closing(ours), closing(theirs):
            websocket = eventlet.websocket.RFC6455WebSocket(ours, {})
            made_so = websocket._sendlock.balance == 1 and callable(websocket.socket.fd.send)
            return made_so and "websocket" in engine._async
    except (AttributeError, TypeError):
        return False


class Listener:
    """A listening socket that outlives the hour when the process may not open any more connections."""

    def __init__(self, listening: Any):
        self.listening = listening

    def accept(self) -> Any:
        while True:
            try:
                return self.listening.accept()
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    raise
                log.warning("no more connections can be accepted for now: %s", error.strerror)
                eventlet.sleep(EXHAUSTED)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.listening, name)


def listen(host: str, port: int) -> Listener:
    """A socket that listens there. Raises StartError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = eventlet.listen(address, family, backlog=BACKLOG, reuse_port=False)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartError(f"cannot listen on HOST {host}, PORT {port}: {reason}") from error
    # Connections inherit these. By itself the kernel would wait up to 40 ms for more to send, and hold
    # megabytes for a viewer that does not read.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return Listener(listening)


class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]
    """One HTTP connection. `environ["userstatus.hang_up"]()` ends it after the present answer.

    With `silently=True` there is no answer. `environ["userstatus.take_over"](run)` gives the connection to
    `run(connection)` once the application has returned, and ends it afterwards.
    """

    rbufsize = 1024  # bytes that every viewer's connection holds for good; a larger body is read past it

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        environ["userstatus.hang_up"] = self._hang_up
        environ["userstatus.take_over"] = self._take_over
        environ["SERVER_PROTOCOL"] = self.request_version  # eventlet says HTTP/1.0 to everybody
        # Without it, eventlet would cut a WebSocket off at a stop before anybody could say goodbye.
        environ.pop("eventlet.set_idle", None)
        environ.pop("headers_raw", None)  # a viewer's connection would keep it for nothing
        return environ

    def _hang_up(self, silently: bool = False) -> None:
        self.conn_state[2] = eventlet.wsgi.STATE_CLOSE
        eventlet.wsgi.WSGI_LOCAL.already_handled = silently

    def _take_over(self, run: Callable[[Any], None]) -> None:
        self._hang_up(silently=True)
        # Not from within the application, whose frames would stay in memory as long as the connection.
        self.environ["eventlet.posthooks"].append((lambda _: run(self.connection), (), {}))


def serve(listener: Listener, application: Any, goodbye: Callable[[], None]) -> None:
    """Serve the WSGI application until SIGTERM or SIGINT, or until accepting fails for good.

    Then nothing more is accepted, and `goodbye()` is called, which is to end what does not end by itself.
    """
    signals = _signals(signal.SIGTERM, signal.SIGINT)
    serving = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        application,
        max_size=MOST_CONNECTIONS,
        protocol=Protocol,
        keepalive=KEEP_ALIVE,
        socket_timeout=SILENCE,
        log_output=False,
        debug=False,
    )
    serving.link(lambda _: signals.put(None))
    signals.get()
    if not serving.dead:
        serving.kill(SystemExit)  # the end of accepting; eventlet then waits for all connections to end
    listener.close()
    goodbye()
    with eventlet.Timeout(LAST_CONNECTIONS, False):
        serving.wait()


def _signals(*numbers: int) -> Any:
    """A queue that gets the first of these signals; later ones of them are left to the default."""
    # A handler alone would not wake the loop from its poll; a byte on a socket does.
    sender, receiver = socket.socketpair()
    arrived = Queue()

    def handle(number: int, _frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sender.send(bytes([number]))

    for number in numbers:
        signal.signal(number, handle)
    eventlet.spawn(lambda: arrived.put(receiver.recv(1)))
    return arrived
