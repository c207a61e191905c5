"""The event loop: the one room that knows it is eventlet's.

Every connection has a green thread; a thread runs until it waits. What must happen together (a write and
its commit, the check and the join of a subscription) therefore just does not wait in between.
"""

from __future__ import annotations

import os
import signal
import socket
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from userstatus.errors import StartError

with warnings.catch_warnings():
    # It announces its retirement at every import; that this service stands on it is known and contained here.
    warnings.simplefilter("ignore")
    import eventlet
    import eventlet.event
    import eventlet.queue
    import eventlet.wsgi

Event = eventlet.event.Event  # happens once: send(value) or send_exception(error), wait(timeout=None)
Queue = eventlet.queue.Queue  # `_put` and `_get` are there to be extended

BACKLOG = 4096  # connections that may wait to be accepted: everyone comes back at once after a restart
LAST_REQUESTS = 5  # seconds that requests in flight get when the server stops
MOST_CONNECTIONS = 100_000  # eventlet's own bound of 1,024 would hang the server, as every viewer holds one


def patch() -> None:
    """Make the standard library wait without blocking. To be called before anything else is imported."""
    # Without it, psycopg's wait for Postgres blocks the whole process instead of one green thread.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
    eventlet.monkey_patch()


def spawn(task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a green thread of its own, soon."""
    return eventlet.spawn(task, *args)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Break off whatever the block waits for when the time is over. Raises TimeoutError."""
    timeout = eventlet.Timeout(seconds)
    try:
        yield
    except eventlet.Timeout as expired:
        if expired is not timeout:
            raise
        raise TimeoutError(f"no answer within {seconds} s") from expired
    finally:
        timeout.cancel()


def listen(host: str, port: int) -> Any:
    """A socket that listens there. Raises StartError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return eventlet.listen(address, family, backlog=BACKLOG, reuse_port=False)
    except OSError as error:
        raise StartError(f"cannot listen on HOST {host}, PORT {port}: {error.strerror or error}") from error


def serve(listener: Any, application: Any, goodbye: Callable[[], None]) -> None:
    """Serve the WSGI application until SIGTERM or SIGINT.

    Then `goodbye()` is called, nothing more is accepted, and what is in flight gets some time to finish.
    """
    serving = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        application,
        max_size=MOST_CONNECTIONS,
        log_output=False,
        debug=False,
    )
    _wait_for_signal(signal.SIGTERM, signal.SIGINT)
    goodbye()
    serving.kill(SystemExit)  # the end of accepting; eventlet then waits for the requests in flight
    with eventlet.Timeout(LAST_REQUESTS, False):
        serving.wait()


def _wait_for_signal(*numbers: int) -> None:
    # A handler alone would not wake the loop from its poll; a byte on a socket does.
    sender, receiver = socket.socketpair()
    for number in numbers:
        signal.signal(number, lambda *_: sender.send(b"!"))
    receiver.recv(1)
