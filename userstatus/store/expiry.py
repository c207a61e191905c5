"""Expiry: when a message stops being served and may be deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from userstatus.message import Message

DAY_S = 86_400


class Expiry:
    """Messages expire `ttl` seconds after they were received. `clock` returns unix seconds."""

    def __init__(self, ttl: float, clock: Callable[[], float] = time.time):
        self.ttl = ttl
        self.clock = clock

    def threshold(self, now: float | None = None) -> float:
        """Messages received at or before this time have expired by `now` (both in unix seconds)."""
        return (self.clock() if now is None else now) - self.ttl

    def within_a_day(self) -> float:
        """The time (unix seconds) after which messages are neither expired nor older than 24 hours."""
        return self.clock() - min(DAY_S, self.ttl)

    def has_expired(self, message: Message) -> bool:
        return message.received_at <= self.threshold()

    def unexpired(self, messages: Iterable[Message]) -> Iterator[Message]:
        """The messages that have not expired."""
        threshold = self.threshold()  # once for all of them
        return (message for message in messages if message.received_at > threshold)
