"""A log in memory, to be followed."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from typing import Any, cast

from tests.support.messages import stored
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Follower
from userstatus.message import Cursor, Message
from userstatus.store.reader import AnotherLog, Query


class LogInMemory:
    """What a follower reads. `expired` is the last id that is gone, and `replaced` makes it another log.

    `in_memory` says whether it is read without the database, which was last asked at `read_at`.
    """

    def __init__(self, *messages: Message):
        self.messages = list(messages)
        self.expired = 0
        self.replaced = False
        self.in_memory = True
        self.read_at = 0.0

    def has_in_memory(self, _cursor: Cursor) -> bool:
        return self.in_memory

    def read_end(self) -> Cursor:
        return self.messages[-1].cursor if self.messages else Cursor(0)

    end = read_end

    def open(self) -> Cursor:
        self.replaced = False
        return self.read_end()

    def after(self, cursor: Cursor, limit: int) -> Sequence[Message]:
        if self.replaced:
            raise AnotherLog
        return [message for message in self.messages if message.id > cursor.id][:limit]

    def locate(self, cursor: Cursor) -> tuple[int, bool]:
        return (0, True) if cursor.id > self.read_end().id else (cursor.id, False)

    def gap(self, sites: Collection[str], cursor: int) -> bool:  # noqa: ARG002, expiry is the same for all
        return cursor < self.expired

    def backlog(self, sites: Collection[str], cursor: int, up_to_id: int, limit: int) -> Sequence[Message]:
        return [
            message
            for message in self.messages
            if cursor < message.id <= up_to_id and ("*" in sites or message.site in sites)
        ][:limit]

    def recent(self, query: Query, up_to_id: int) -> tuple[list[Message], bool]:
        return [each for each in self.messages if each.id <= up_to_id and query.admits(each)], False


def following(log: LogInMemory, *listeners: Any) -> Follower:
    """A follower of the log that hands what it reads to the listeners; it is not yet open."""
    return Follower(cast(Any, log), threading.Event(), listeners)


def followed(fanout: Fanout) -> tuple[LogInMemory, Follower]:
    """A log of six messages, of the sites a and b in turn, and its follower at its end."""
    log = LogInMemory(*(stored(id, site="ba"[id % 2]) for id in range(1, 7)))
    follower = following(log, fanout.deliver)
    follower.open()
    return log, follower
