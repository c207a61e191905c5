"""The report of a rehearsal, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from userstatus.durations import duration_in_short
from userstatus.duty.rehearsal import NIGHT_FROM_H, NIGHT_UNTIL_H, Calls, Change, Example, Rehearsal, Silent

MAX_EXAMPLES = 3  # of each change
MAX_SILENCES = 20  # in the text


def as_text(rehearsal: Rehearsal, since: float, now: float) -> str:
    """What would have happened, as text. Times are in unix seconds."""
    return "\n".join(_lines(rehearsal, since, now)) + "\n"


def as_json(rehearsal: Rehearsal, since: float, now: float) -> str:
    """What would have happened, as one JSON object. Times are in unix seconds."""
    found = {
        "since": since,
        "until": now,
        "messages": rehearsal.messages,
        "sites": dict((+rehearsal.sites).most_common()),
        "levels": [_change(each) for each in _sorted(rehearsal.changes.values())],
        "silences": [vars(each) for each in rehearsal.silences],
        "calls": rehearsal.calls.calls,
        "calls_at_night": rehearsal.calls.at_night,
        "channels": [vars(each) for each in rehearsal.channels.values()],
    }
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _change(change: Change) -> dict[str, Any]:
    return {**vars(change), "examples": [vars(example) for example in _examples(change)]}


def _lines(rehearsal: Rehearsal, since: float, now: float) -> Iterator[str]:
    messages = _counted(rehearsal.messages, "message")
    yield f"{messages} of {_counted(len(+rehearsal.sites), 'site')}, {_time(since)} to {_time(now)} UTC"
    yield ""
    changed = sum(change.count for change in rehearsal.changes.values())
    yield f"Levels: {_counted(changed, 'message')} would have another level"
    for change in _sorted(rehearsal.changes.values()):
        yield from _change_lines(change)
    yield ""
    yield f"Silences: {len(rehearsal.silences):,}"
    yield from _silence_lines(rehearsal.silences)
    yield ""
    calls, night = rehearsal.calls, f"{NIGHT_FROM_H} and {NIGHT_UNTIL_H} o'clock of the site"
    yield f"Alerts: {_counted(calls.calls, 'call')}, {calls.at_night:,} of them between {night}"
    for channel in rehearsal.channels.values():
        yield from _channel_lines(channel)


def _change_lines(change: Change) -> Iterator[str]:
    rule = "no rule" if change.rule is None else f"levels[{change.rule}] {change.match}"
    yield f"  {change.from_level} → {change.to_level}: {change.count:,} by {rule}"
    for example in _examples(change):
        yield f"    {example.site}: {example.message}{_times(example.count)}"


def _silence_lines(silences: Sequence[Silent]) -> Iterator[str]:
    for each in silences[:MAX_SILENCES]:
        lasted = "not over" if each.until is None else f"for {duration_in_short(each.until - each.since)}"
        yield f"  {each.site}: since {_time(each.since)}, {lasted}, told at {_time(each.told_at)[-5:]}"
        yield f"    {each.text}"
    if len(silences) > MAX_SILENCES:
        yield f"  … and {len(silences) - MAX_SILENCES:,} more"


def _channel_lines(channel: Calls) -> Iterator[str]:
    calls = f"{_counted(channel.calls, 'call')}, {channel.at_night:,} of them at night"
    yield f"  {channel.channel} ({channel.service}): {calls}, about {_counted(channel.messages, 'message')}"
    if channel.calls:
        hours = ", ".join(f"{hour:02}h {count}" for hour, count in enumerate(channel.by_hour) if count)
        yield f"    by hour of the site: {hours}"


def _sorted(changes: Any) -> list[Change]:
    return sorted(changes, key=lambda change: (change.rule is None, change.rule or 0, -change.count))


def _examples(change: Change) -> list[Example]:
    """The most frequent examples of a change."""
    return sorted(change.examples.values(), key=lambda each: -each.count)[:MAX_EXAMPLES]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _times(count: int) -> str:
    return f" ×{count:,}" if count > 1 else ""


def _time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
