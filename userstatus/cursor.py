"""A cursor: the last message that a viewer has seen, and what tells its log from any other."""

from __future__ import annotations

import re
from typing import NamedTuple

TEXT = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,18}))?")
LARGEST_ID = 10**15 - 1


class Cursor(NamedTuple):
    """The `id` of a message, and when the service received it, in microseconds of unix time.

    An id alone is no proof of a log: after a restore from a backup, the same id stands for another message.
    `received_us` is None where a client names nothing but an id. To clients, the text is opaque.
    """

    id: int
    received_us: int | None = None

    @classmethod
    def of(cls, id: int, received_at: float) -> Cursor:
        """The cursor of a message that was received at that time (unix seconds), 0 where it is not known."""
        return cls(id, round(received_at * 1_000_000) or None)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor that a client hands in, `41-1764025200123456` or a plain id; None for other text."""
        match = TEXT.fullmatch(text)
        return match and cls(int(match[1]), int(match[2]) if match[2] else None)

    def __str__(self) -> str:
        return str(self.id) if self.received_us is None else f"{self.id}-{self.received_us}"

    @property
    def received_at(self) -> float | None:
        """When the message was received, in unix seconds."""
        return None if self.received_us is None else self.received_us / 1_000_000
