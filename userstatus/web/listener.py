"""The listening socket, and the options that accepted connections inherit from it."""

from __future__ import annotations

import errno
import logging
import socket
import time
from typing import Any

from userstatus.errors import StartError
from userstatus.sockets import Connection

log = logging.getLogger(__name__)

BACKLOG = 4096  # connections waiting to be accepted: all viewers reconnect at once after a restart
SEND_BUFFER_BYTES = 128 * 1024  # the kernel holds (and doubles) this much for a connection that does not read
ACCEPT_AGAIN_S = 0.2  # wait after running out of file descriptors
OUTAGE_S = 10  # without a failure, after which the next one is logged again
KEEPALIVE = {  # the kernel detects within a minute that the other end is gone
    "TCP_USER_TIMEOUT": 30_000,  # milliseconds until sent data must be acknowledged
    "TCP_KEEPIDLE": 30,  # seconds of silence before the first probe
    "TCP_KEEPINTVL": 10,  # seconds between probes
    "TCP_KEEPCNT": 3,  # unanswered probes
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
    """Listen on an address. Raises StartError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = Connection(family, socket.SOCK_STREAM)  # accepted connections have the same class
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartError(f"cannot listen on HOST {host}, PORT {port}: {reason}") from error
    # Connections inherit these. By default the kernel would delay small writes for up to 40 ms, buffer
    # megabytes for a viewer that does not read, and take 15 minutes to notice that the other end is gone.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE.items():
        if hasattr(socket, name):  # not every platform has all of them
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Listener(listening)
