"""Durations as people write them, such as `90s` or `7d`, and say them, such as `7 days`."""

from __future__ import annotations

import re

SECONDS_IN = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MAX_DURATION_S = 3650 * 86400
DURATION_EXPECTED = "a duration like 90s, 15m, 24h or 7d, from 1s to 3650d"


def duration(text: str) -> int:
    """The number of seconds in text such as `90s`, `15m`, `24h` or `7d`. Raises ValueError."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    seconds = int(match[1]) * SECONDS_IN[match[2]] if match else 0
    if not 1 <= seconds <= MAX_DURATION_S:
        raise ValueError(f"{text!r} is not {DURATION_EXPECTED}")
    return seconds


def duration_in_words(seconds: int) -> str:
    """The duration as people say it, such as `7 days`, `24 hours` or `90 minutes`."""
    for unit, length in (("day", SECONDS_IN["d"]), ("hour", SECONDS_IN["h"]), ("minute", SECONDS_IN["m"])):
        if seconds % length == 0 and seconds > length:  # "24 hours" rather than "1 day"
            return f"{seconds // length} {unit}s"
    return f"{seconds} second{'s' if seconds > 1 else ''}"


def duration_in_short(seconds: float) -> str:
    """The duration in its two largest units, rounded down, such as `12 min`, `1 min 30 s` or `2 d 4 h`."""
    left = int(seconds)
    parts: list[str] = []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, length)
        if number:
            parts.append(f"{number} {unit}")
        elif parts:
            break  # "2 d" rather than "2 d 5 s"
    return " ".join(parts[:2]) or "0 s"
