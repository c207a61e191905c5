"""Lines: what somebody is told of, a message or several that say the same, and how many of them wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from userstatus.message import LEVELS, Message

MAX_LINES = 20  # listed in one call; of more, only the number is told
MAX_TEXT_CHARS = 300  # of a message
RANK = {level: rank for rank, level in enumerate(LEVELS)}


class Line(NamedTuple):
    """A line of a call: the last one of `times` messages within `period` seconds that say the same.

    Times are in unix seconds: `due` is since when somebody should be told, `received_at` when the service
    received the message. `not_to` names the channel that is not to tell it, because it is about that one.
    """

    due: float
    site: str
    level: str
    text: str
    id: int
    received_at: float
    times: int = 1
    period: int = 0
    not_to: str = ""

    @classmethod
    def of(cls, message: Message) -> Line:
        """The line for a message, to be told at once."""
        at = message.received_at
        return cls(at, message.site, message.log_level, shortened(message.message), message.id, at)


def shortened(text: str) -> str:
    """A text in one line of at most `MAX_TEXT_CHARS` characters, without what could not be printed."""
    start = " ".join(text[: 4 * MAX_TEXT_CHARS].split())
    line = "".join(character if character.isprintable() else "\ufffd" for character in start)
    return line if len(line) <= MAX_TEXT_CHARS else f"{line[: MAX_TEXT_CHARS - 1]}…"


def worst(lines: Sequence[Line]) -> str:
    """The worst level of some lines."""
    return max((line.level for line in lines), key=RANK.__getitem__)


@dataclass
class Lines:
    """Lines that wait, oldest first, and the number of further ones that there was no room for: `more`."""

    listed: list[Line] = field(default_factory=list)
    more: int = 0

    def __len__(self) -> int:
        return len(self.listed) + self.more

    def add(self, line: Line) -> None:
        """Add a line. If there is no room, the newest of those with the least level is only counted."""
        self.listed.append(line)
        if len(self.listed) > MAX_LINES:
            places = range(len(self.listed))
            least = min(places, key=lambda place: (RANK[self.listed[place].level], -place))
            del self.listed[least]
            self.more += 1

    def add_all(self, others: Lines) -> None:
        for line in others.listed:
            self.add(line)
        self.more += others.more

    def as_json(self) -> list[Any]:
        return [self.more, *map(list, self.listed)]

    @classmethod
    def parse(cls, saved: Sequence[Any]) -> Lines:
        """The lines in what `as_json` has returned."""
        return cls([Line(*each) for each in saved[1:]], saved[0] if saved else 0)
