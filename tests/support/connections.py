"""Both ends of a connection in one process, and what is read at the far end."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eventlet.greenio import GreenSocket

from userstatus.sockets import DetachedSocket


@contextmanager
def pair(buffer: int = 4096) -> Iterator[tuple[Any, Any]]:
    """The service's end, for which the kernel buffers about `buffer` bytes, and the viewer's."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    ends = GreenSocket(ours), GreenSocket(theirs)
    for end in ends:
        end.settimeout(10)
    try:
        yield ends
    finally:
        for end in ends:
            end.close()


@contextmanager
def detached_pair(buffer: int = 4096) -> Iterator[tuple[DetachedSocket, Any]]:
    """The same, and the service's end takes no greenlet."""
    with pair(buffer) as (ours, theirs):
        detached = DetachedSocket(ours)
        try:
            yield detached, theirs
        finally:
            detached.close()


def received(connection: Any, size: int) -> bytes:
    """`size` bytes, or all until the other side hangs up."""
    found = b""
    while len(found) < size and (part := connection.recv(size - len(found))):
        found += part
    return found


def everything(connection: Any) -> bytes:
    """All bytes until the other side hangs up."""
    return received(connection, 1 << 30)
