"""Pings, by which a viewer and the service detect that the other is gone."""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol
from weakref import ref

from userstatus import eventloop


class Pinged(Protocol):
    """A viewer's connection."""

    def ping(self) -> None:
        """Send a ping, if the connection is still open. Never waits."""


class Pings:
    """Pings every viewer `interval` seconds after its last pong; one greenlet serves all of them.

    Only a weak reference to a viewer is kept, so one that has left is freed at once.
    """

    def __init__(self, interval: float):
        self.interval = interval
        self._due: deque[tuple[float, ref[Pinged]]] = deque()
        self._running = False

    def schedule(self, viewer: Pinged) -> None:
        self._due.append((time.monotonic() + self.interval, ref(viewer)))
        if not self._running:
            self._running = True
            eventloop.spawn(self._run)

    def _run(self) -> None:
        time_slice = eventloop.TimeSlice()
        try:
            while self._due:
                time.sleep(max(0, self._due[0][0] - time.monotonic()))
                viewer = self._due.popleft()[1]()
                if viewer is not None:
                    viewer.ping()
                del viewer
                time_slice.maybe_yield()
        finally:
            self._running = False
