"""Messages as the server takes them: JSON objects in ASCII, each with an id of its own."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timezone

from userstatus.client.spool import Dropped
from userstatus.message import LEVELS, MAX_NEXT_WITHIN_S, MAX_TEXT_CHARS, level_named, number_in


def body(site: str, text: object, level: str, timestamp: float, next_within: int | None = None) -> str:
    """The JSON object for a message of a time (unix seconds); if that is no number, it is of now.

    A text that is too long is cut as the server would do it, so that every message fits into a request.
    `next_within` is the number of seconds within which another message is promised, if it is.
    """
    content = {
        "site": site,
        "log_message": _cut(_as_text(text)),
        "log_level": level,
        "timestamp": _seconds(timestamp),
        "uuid": uuid.uuid4().hex,
    }
    if next_within is not None:
        content["next_within"] = next_within
    return json.dumps(content)


def promised(seconds: object) -> int | None:
    """The seconds within which another message is promised, in whole ones; None if they make no sense."""
    found = number_in(seconds)
    return math.ceil(found) if found is not None and 0 < found <= MAX_NEXT_WITHIN_S else None


def level_of(number: int) -> str:
    """The level for a number of `logging`: the nearest one that is not more severe, at least debug."""
    return LEVELS[min(max(number // 10, 1), len(LEVELS)) - 1]


def number_of(level: object) -> int:
    """The number in `logging` of a level, given by name or number; that of info if it is unknown."""
    if isinstance(level, (int, float)) and math.isfinite(level):
        return 10 * (LEVELS.index(level_of(int(level))) + 1)
    return 10 * (LEVELS.index(level_named(level) or "info") + 1)


def report(dropped: Iterable[Dropped]) -> str:
    """A sentence that tells what was dropped."""
    found = list(dropped)
    counts = ", ".join(f"{each.number:,} {level_of(each.level)}" for each in found)
    first, last = (
        datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        for moment in (min(each.first for each in found), max(each.last for each in found))
    )
    return (
        f"Messages of {first} to {last} UTC were dropped before they could be sent, "
        f"as too many were waiting or they were too old: {counts}"
    )


def _as_text(text: object) -> str:
    try:
        return str(text) or "(empty)"  # which the server would reject
    except Exception as error:
        return f"({type(text).__name__}, whose text cannot be made: {type(error).__name__})"


def _seconds(timestamp: object) -> float:
    try:
        seconds = float(timestamp)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    return seconds if math.isfinite(seconds) else time.time()


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return text
    mark = f"… [cut: {len(text)} characters]"
    return text[: MAX_TEXT_CHARS - len(mark)] + mark
