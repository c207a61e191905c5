"""The newest messages, kept in memory: clients that are nearly up to date need no database."""

from __future__ import annotations

from collections.abc import Sequence

from userstatus.message import Cursor, Message

MIN_KEPT = 1000  # newest messages kept, at least


class Tail:
    """Messages with consecutive ids; the sequence assigns ids without gaps.

    They are committed, so a client that has seen one of them finds everything it missed since then here.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def appended(self, messages: Sequence[Message], before: Cursor) -> None:
        """Add messages stored by this process, right after the one with the cursor `before`.

        If another process has stored something in between, or if the log is a different one, they are left
        for the follower to read, so that it notices.
        """
        if not self.messages or self.messages[-1].cursor == before:
            self._add(messages)

    def read(self, messages: Sequence[Message]) -> None:
        """Add messages that the follower has read, in id order.

        Only the last ones with consecutive ids are kept; if they do not continue the tail, they replace it.
        """
        messages = without_holes(messages)
        if self.messages and messages:
            last = self.messages[-1]
            known = last.id + 1 - messages[0].id  # how many of them are no later than the last one kept
            same = 0 <= known <= len(messages) and (not known or messages[known - 1].cursor == last.cursor)
            if known > len(messages):
                return
            if same:
                messages = messages[known:]
            else:
                self.messages = []
        self._add(messages)

    def _add(self, messages: Sequence[Message]) -> None:
        self.messages += messages
        if len(self.messages) > 2 * MIN_KEPT:
            del self.messages[:-MIN_KEPT]

    def get(self, id: int) -> Message | None:
        """The message with the given id, or None if it is not kept."""
        index = id - self.messages[0].id if self.messages else -1
        return self.messages[index] if 0 <= index < len(self.messages) else None

    def after(self, id: int) -> list[Message] | None:
        """All messages after an id; None if some of them may not be kept, or if there are none."""
        if not self.messages or not self.messages[0].id - 1 <= id < self.messages[-1].id:
            return None
        return self.messages[id + 1 - self.messages[0].id :]

    def at_most(self, id: int) -> Message | None:
        """The newest kept message whose id is at most `id`, or None."""
        if not self.messages or id < self.messages[0].id:
            return None
        return self.messages[min(id - self.messages[0].id, len(self.messages) - 1)]


def without_holes(messages: Sequence[Message]) -> Sequence[Message]:
    """The last messages with consecutive ids."""
    start = max(0, len(messages) - 1)
    while start and messages[start - 1].id == messages[start].id - 1:
        start -= 1
    return messages[start:]
