"""Recorded messages: what `recent` and `tail` have written, or plain lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from userstatus.commands.outcome import CommandFailed
from userstatus.commands.terminal_text import INDENT
from userstatus.message import LEVELS, in_seconds, level_named, number_in

JSON_ARRAY = re.compile(r"\s*\[\s*(\{|\]|$)")
LINE = re.compile(
    r"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:Z|[+-][0-9:]{5})) "
    rf"(?P<level>{'|'.join(LEVELS).upper()}) +(?P<site>[A-Za-z0-9._-]{{1,64}}) (?P<text>.*)",
    re.DOTALL,
)


class Recorded(NamedTuple):
    """A message of a recorded night; what was not recorded is None. `timestamp` is in unix seconds."""

    text: str
    level: str = "info"
    site: str | None = None
    timestamp: float | None = None


def recorded(content: str, name: str) -> list[Recorded]:
    """The messages in a file; `name` is what errors call it. Raises CommandFailed."""
    try:
        if JSON_ARRAY.match(content):
            return _of_objects(json.loads(content), name)
        if content.lstrip().startswith("{"):
            return _of_objects([json.loads(line) for line in content.splitlines() if line.strip()], name)
    except (ValueError, RecursionError) as error:
        raise CommandFailed(f"{name} begins like JSON, but is not: {error}") from None
    return [_of_line(line) for line in _joined(content.splitlines())]


def pauses(messages: Iterable[Recorded], speed: float) -> Iterator[float]:
    """For each message, the seconds after the one before; a second at normal speed where no time is known."""
    latest: float | None = None
    for message in messages:
        if message.timestamp is None:
            yield 1 / speed
            continue
        yield 0.0 if latest is None else max(0.0, message.timestamp - latest) / speed
        latest = message.timestamp if latest is None else max(latest, message.timestamp)


def _of_objects(objects: Iterable[Any], name: str) -> list[Recorded]:
    return [_of_object(each, f"message {number} of {name}") for number, each in enumerate(objects, 1)]


def _of_object(content: Any, name: str) -> Recorded:
    text = content.get("message", content.get("log_message")) if isinstance(content, Mapping) else None
    if not isinstance(text, str) or not text:
        raise CommandFailed(f"{name} has no text: give what recent --format json or tail --json has written")
    moment, site = number_in(content.get("timestamp")), content.get("site")
    return Recorded(
        text,
        level_named(content.get("log_level")) or "info",
        site if isinstance(site, str) else None,
        None if moment is None else in_seconds(moment),
    )


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """The lines, each with the indented ones after it, if it is a line as `recent` writes it."""
    message: str | None = None
    for line in lines:
        if message is not None and LINE.match(message) and line.startswith(INDENT):
            message = f"{message}\n{line[len(INDENT) :]}"
            continue
        if message is not None and message.strip():
            yield message
        message = line
    if message is not None and message.strip():
        yield message


def _of_line(line: str) -> Recorded:
    found = LINE.fullmatch(line)
    try:
        moment = found and datetime.fromisoformat(found["time"].replace("Z", "+00:00"))
    except ValueError:  # such as the 31st of February
        moment = None
    if not found or not moment or not found["text"]:
        return Recorded(line)
    return Recorded(
        found["text"], found["level"].lower(), found["site"], moment.astimezone(timezone.utc).timestamp()
    )
