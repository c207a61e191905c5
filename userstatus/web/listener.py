"""The listening socket, and what the connections it accepts inherit from it."""

from __future__ import annotations

import errno
import logging
import socket
import time
from typing import Any

from userstatus.errors import StartError
from userstatus.eventloop import Connection

log = logging.getLogger(__name__)

BACKLOG = 4096  # connections that may wait to be accepted: everyone comes back at once after a restart
SEND_BUFFER_BYTES = 128 * 1024  # the kernel (which doubles it) holds for a connection that does not read
ACCEPT_AGAIN_S = 0.2  # after running out of file descriptors
OUTAGE_S = 10  # without a failure, after which the next one counts as another outage
KEEPALIVE = {  # within a minute, the kernel notices that nobody is at the other end any more
    "TCP_USER_TIMEOUT": 30_000,  # milliseconds that what was sent may be on its way
    "TCP_KEEPIDLE": 30,  # seconds of silence after which to ask
    "TCP_KEEPINTVL": 10,  # seconds between two questions
    "TCP_KEEPCNT": 3,  # questions without an answer
}


class Listener:
    """A listening socket that survives running out of file descriptors."""

    def __init__(self, listening: Any):
        self.listening = listening
        self._failed = -float(OUTAGE_S)

    def accept(self) -> Any:
        while True:
            try:
                return self.listening.accept()
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    raise
                if time.monotonic() - self._failed > OUTAGE_S:
                    log.warning("no more connections can be accepted for now: %s", error.strerror)
                self._failed = time.monotonic()
                time.sleep(ACCEPT_AGAIN_S)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.listening, name)


def listen(host: str, port: int) -> Listener:
    """A socket that listens there. Raises StartError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = Connection(family, socket.SOCK_STREAM)  # and so is what it accepts
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartError(f"cannot listen on HOST {host}, PORT {port}: {reason}") from error
    # Connections inherit these. By default the kernel would wait up to 40 ms for more to send, hold megabytes
    # for a viewer that does not read, and take a quarter of an hour to notice that the other end is gone.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):  # not every platform has all of them
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Listener(listening)
