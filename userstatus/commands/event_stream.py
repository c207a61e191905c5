"""Server-sent events, read from the lines of a response (the HTML standard, section 9.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Event(NamedTuple):
    """An event: its kind, its data, and the id of the last event that had one, "" if none had."""

    kind: str
    data: str
    last_id: str


def events(lines: Iterable[bytes]) -> Iterator[Event]:
    """The events in the lines of a stream. One that the stream ends in the middle of is none."""
    kind, data, last_id = "", list[str](), ""
    for line in lines:
        text = line.decode("utf-8", "replace")
        if not text.endswith("\n"):
            return
        text = text.rstrip("\r\n")
        if text:
            name, _, value = text.partition(":")
            value = value.removeprefix(" ")
            if name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif name == "id" and "\0" not in value:
                last_id = value
        elif data or kind:
            if data:
                yield Event(kind or "message", "\n".join(data), last_id)
            kind, data = "", []
