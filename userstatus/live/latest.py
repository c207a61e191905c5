"""The newest message of each of the levels that somebody should see, for every site."""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from sys import getsizeof

from userstatus.message import Message

ALARMING = ("warning", "error", "critical")
# Of all messages that are kept, so that nobody can fill the memory by posting long texts to many sites.
# This is room for 80,000 short ones; beyond that, the oldest are forgotten.
MAX_BYTES = 64 * 1024**2
OVERHEAD_BYTES = 750  # of a message beside its text, and of its place here


class Latest:
    """The newest message of each alarming level of every site, within a limited amount of memory."""

    def __init__(self) -> None:
        self._messages: OrderedDict[tuple[str, str], Message] = OrderedDict()  # the oldest comes first
        self._size = 0  # of all of them

    def add(self, message: Message) -> None:
        """Keep a message in place of the one before it; messages must be added in id order."""
        key = (message.site, message.log_level)
        before = self._messages.get(key)
        self._messages[key] = message
        if before is None:
            self._size += _size(message)
        else:
            self._messages.move_to_end(key)
            self._size += getsizeof(message.message) - getsizeof(before.message)
        while self._size > MAX_BYTES:
            self._forget(next(iter(self._messages)))

    def of(self, site: str, since: float) -> dict[str, Message]:
        """The messages of a site by level, as far as they were received after `since` (unix seconds)."""
        found = {level: self._messages.get((site, level)) for level in ALARMING}
        return {level: each for level, each in found.items() if each and each.received_at > since}

    def forget(self, since: float, limit: int) -> None:
        """Forget what was received until `since`, but at most `limit` messages at a time."""
        for key in list(islice(self._messages, limit)):
            if self._messages[key].received_at > since:
                return
            self._forget(key)

    def forget_site(self, site: str) -> None:
        for level in ALARMING:
            self._forget((site, level))

    def _forget(self, key: tuple[str, str]) -> None:
        message = self._messages.pop(key, None)
        if message is not None:
            self._size -= _size(message)


def _size(message: Message) -> int:
    return OVERHEAD_BYTES + getsizeof(message.message)
