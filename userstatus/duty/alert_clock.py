"""The clock of the alerts, which goes by when messages were received, and never stands still or goes back."""

from __future__ import annotations

import time
from collections.abc import Callable


class AlertClock:
    """Shows unix seconds, at least those of the newest message: while a wall clock that was ahead is being
    caught up with, messages are dated with hardly any time between them, and calls must be made all the same.
    """

    def __init__(
        self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._steady = steady
        self._shown, self._at = 0.0, steady()

    def now(self) -> float:
        """The present time."""
        at = self._steady()
        self._shown, self._at = max(self._wall(), self._shown + at - self._at), at
        return self._shown

    def heard(self, received_at: float) -> None:
        """Something was received at this time (unix seconds)."""
        self._shown = max(self.now(), received_at)
