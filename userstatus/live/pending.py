"""Connections that have no viewer yet. Until they have one, they cost a client almost nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from userstatus import eventloop

MAX_PENDING = 4096  # all viewers reconnect at once after a restart
PENDING_S = 15.0  # within which a viewer must connect


class PendingConnections:
    """Drops connections that stay pending for too long and, if there are too many, the oldest ones.

    Rejecting the newest ones instead would let a single client lock out everybody else.
    """

    def __init__(self, drop: Callable[[str], object]):
        self._drop = drop
        self._since: dict[str, float] = {}  # by connection; the oldest comes first
        self._expiring = False

    def add(self, connection: str) -> None:
        self._since[connection] = time.monotonic()
        if len(self._since) > MAX_PENDING:
            self._drop_oldest()
        if not self._expiring:
            self._expiring = True
            eventloop.spawn(self._expire)

    def discard(self, connection: str) -> None:
        """Remove a connection, because its viewer has connected or it has ended."""
        self._since.pop(connection, None)

    def _drop_oldest(self) -> None:
        oldest = next(iter(self._since))
        del self._since[oldest]
        self._drop(oldest)

    def _expire(self) -> None:
        try:
            while self._since:
                oldest_since = next(iter(self._since.values()))
                if (left := oldest_since + PENDING_S - time.monotonic()) > 0:
                    time.sleep(left)
                else:
                    self._drop_oldest()
        finally:
            self._expiring = False
