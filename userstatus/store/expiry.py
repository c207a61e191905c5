"""Expiry: from when on a message is no longer served, and may be deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from userstatus.message import Message

DAY_S = 86_400


class Expiry:
    """A message expires `ttl` seconds after its receipt. `clock` returns unix seconds."""

    def __init__(self, ttl: float, clock: Callable[[], float] = time.time):
        self.ttl = ttl
        self.clock = clock

    def threshold(self) -> float:
        """What was received at this time (unix seconds) or before has expired by now."""
        return self.clock() - self.ttl

    def within_a_day(self) -> float:
        """From when on (unix seconds) messages are neither expired nor older than 24 hours."""
        return self.clock() - min(DAY_S, self.ttl)

    def unexpired(self, messages: Iterable[Message]) -> Iterator[Message]:
        """Those of the messages that have not expired."""
        threshold = self.threshold()
        return (message for message in messages if message.received_at > threshold)
