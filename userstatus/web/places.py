"""Places: how many connections there may be at a time, whether a greenlet serves them or none."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Any

import eventlet

from userstatus import eventloop

MAX_CONNECTIONS = 100_000  # eventlet's default of 1,024 would block the server, as every viewer holds one
RESERVED_FILES = 64  # descriptors reserved for files and the database


class Places(eventlet.GreenPool):  # type: ignore[misc]
    """The greenlets that serve connections: one each, until a connection needs none any more.

    Such a connection still takes one of the `size` places, as it takes a file descriptor. Others wait.
    """

    def __init__(self, size: int | None = None):
        super().__init__(size or max_connections())

    def lend(self) -> None:
        """Take a place away, for a connection whose greenlet is about to end."""
        self.resize(self.size - 1)

    def take_back(self) -> None:
        """Have a place again, as such a connection has been closed."""
        self.size += 1
        self.sem.release()  # which also wakes up whoever waits for a place


def max_connections() -> int:
    """How many connections leave enough descriptors for files and the database."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(16, min(MAX_CONNECTIONS, files - RESERVED_FILES))


NEEDED: dict[Any, str] = {eventlet.GreenPool: "resize"}


def broken_assumptions() -> Iterator[str]:
    """The assumptions of this module about eventlet that do not hold, a sentence each."""
    yield from eventloop.missing_names(NEEDED)
    if not hasattr(eventlet.GreenPool(1), "sem"):
        yield "eventlet.GreenPool no longer has the semaphore of its places as sem"
