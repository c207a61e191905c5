"""The newest messages, kept in memory: whoever has read nearly all of the log needs no database."""

from __future__ import annotations

from collections.abc import Sequence

from userstatus.message import Cursor, Message

MIN_KEPT = 1000  # messages at the end of the log that are kept, at least


class Tail:
    """Messages whose ids follow each other without a hole, as the sequence gives ids out without holes.

    They are committed, so whoever has seen one of them finds everything it missed since here.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def appended(self, messages: Sequence[Message], before: Cursor) -> None:
        """Add messages that this process has stored, right after the one with the cursor `before`.

        If another process has stored something in between, they are left for the follower to read; likewise
        if the log is another one, so that the follower notices.
        """
        if not self.messages or self.messages[-1].cursor == before:
            self._add(messages)

    def read(self, messages: Sequence[Message]) -> None:
        """Add messages that the follower has read, in id order.

        Of these, the last ones whose ids follow each other are kept; where they do not continue the tail,
        it begins with them.
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
        """The message with that id, if it is kept."""
        index = id - self.messages[0].id if self.messages else -1
        return self.messages[index] if 0 <= index < len(self.messages) else None

    def after(self, id: int) -> list[Message] | None:
        """All messages after an id; None if some of them may not be kept, or there are none."""
        if not self.messages or not self.messages[0].id - 1 <= id < self.messages[-1].id:
            return None
        return self.messages[id + 1 - self.messages[0].id :]

    def at_most(self, id: int) -> Message | None:
        """The newest message kept whose id is no greater."""
        if not self.messages or id < self.messages[0].id:
            return None
        return self.messages[min(id - self.messages[0].id, len(self.messages) - 1)]


def without_holes(messages: Sequence[Message]) -> Sequence[Message]:
    """The end of the messages, from where on ids follow each other."""
    start = max(0, len(messages) - 1)
    while start and messages[start - 1].id == messages[start].id - 1:
        start -= 1
    return messages[start:]
