"""A log in memory, to be followed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from userstatus.cursor import Cursor
from userstatus.reader import AnotherLog
from userstatus.wire import Stored


class LogInMemory:
    """What a follower reads. `expired` is the last id that is gone, and `replaced` makes it another log."""

    def __init__(self, *messages: Stored):
        self.messages = list(messages)
        self.expired = 0
        self.replaced = False

    def end(self) -> Cursor:
        return self.messages[-1].cursor if self.messages else Cursor(0)

    def open(self) -> Cursor:
        self.replaced = False
        return self.end()

    def after(self, cursor: Cursor, limit: int) -> Sequence[Stored]:
        if self.replaced:
            raise AnotherLog
        return [message for message in self.messages if message.id > cursor.id][:limit]

    def locate(self, cursor: Cursor) -> tuple[int, bool]:
        return (0, True) if cursor.id > self.end().id else (cursor.id, False)

    def gap(self, sites: Collection[str], cursor: int) -> bool:  # noqa: ARG002, expiry is the same for all
        return cursor < self.expired

    def backlog(self, sites: Collection[str], cursor: int, through: int, limit: int) -> Sequence[Stored]:
        return [
            message
            for message in self.messages
            if cursor < message.id <= through and ("*" in sites or message.site in sites)
        ][:limit]
