"""What readers and viewers ask for: sites, levels, times and cursors, and a WebSocket's actions."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from userstatus.cursor import LARGEST_ID, Cursor
from userstatus.errors import Refusal
from userstatus.models import EVERY_SITE, LEVELS
from userstatus.wire import DAY, SITE_REMEDY, Stored, in_seconds, level_named, number_in, quoted, read_site

MAX_ROWS = 5000
MOST_SITES = 1000
MAX_WAIT = 25  # seconds: platforms end a request that is silent for longer


def read_sites(value: object, every: bool = False) -> list[str]:
    """Site codes in a comma-separated string or a list of strings, folded, each once.

    `every` allows `*`, which stands for every site. Raises Refusal.
    """
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) and names is not None:
        raise Refusal(f"site is {quoted(value)}: {SITE_REMEDY}", "site")
    if len(names or []) > MOST_SITES:
        raise Refusal(
            f"these are more than {MOST_SITES} sites: send fewer, or *, which is every site", "site"
        )
    found: dict[str, None] = {}
    for name in names or []:
        stripped = name.strip() if isinstance(name, str) else name
        if stripped == EVERY_SITE and every:
            found[EVERY_SITE] = None
        elif stripped != "":
            found[read_site(stripped)] = None
    if not found:
        raise Refusal(f"site is missing: {SITE_REMEDY}", "site")
    return list(found)


def read_cursor(value: object, field: str = "after_id") -> Cursor | None:
    """A message's cursor, or its id, as a number or digits; None if there is none. Raises Refusal."""
    if value is None:
        return None
    cursor = None
    if isinstance(value, str):
        cursor = Cursor.parse(value)
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_ID:
        cursor = Cursor(value)
    if cursor is None:
        raise Refusal(
            f"{field} is {quoted(value)}: send the cursor of a message as it came, or its id, like 4711",
            field,
        )
    return cursor


class Watch(NamedTuple):
    """What a viewer asks to watch, and from where on: `cursor` is that of the last message it has seen.

    A viewer that `resumes` names a cursor, even if it has not seen anything yet, and is told where it stands.
    """

    sites: list[str]
    cursor: Cursor | None
    resumes: bool


def read_watch(parameters: Mapping[str, object], last_event_id: str | None = None) -> Watch:
    """Sites and cursor; that of a browser which resumes by itself goes before the one of its first request.

    `last_event_id` is the header; where a library cannot send one, it comes as the parameter `lastEventId`.
    Raises Refusal.
    """
    last_event_id = last_event_id or str(parameters.get("lastEventId") or "")
    named = last_event_id or parameters.get("after_id")
    field = "Last-Event-ID" if last_event_id else "after_id"
    return Watch(
        sites=read_sites(parameters.get("site"), every=True),
        cursor=None if named == "" else read_cursor(named, field),
        resumes=bool(last_event_id) or "after_id" in parameters,
    )


def read_action(said: bytes, known: Collection[str]) -> tuple[str, dict[str, Any]]:
    """What a viewer wants that sends a JSON object over a WebSocket: its `action`, and all of it.

    Raises Refusal.
    """
    try:
        content = json.loads(said)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Refusal('this is not a JSON object: send one like {"action": "newlog", "site": "tst", …}')
    action = content.get("action")
    if not isinstance(action, str) or action not in known:
        raise Refusal(f"action is {quoted(action)}: send one of {', '.join(known)}", "action")
    return action, content


def read_wait(value: str) -> float:
    """How many seconds to wait for a message; no answer takes longer than 25. Raises Refusal."""
    seconds = number_in(value)
    if seconds is None or seconds < 0:
        raise Refusal(f"wait is {quoted(value)}: send a number of seconds from 0 to {MAX_WAIT}", "wait")
    return min(seconds, MAX_WAIT)


class Query(NamedTuple):
    """What `/recent-logs` is asked for. No levels means all of them; `after_time` is in unix seconds."""

    sites: list[str]
    after_time: int | None
    after_id: int
    before_id: int | None
    levels: set[str]
    limit: int

    @property
    def by_id(self) -> bool:
        """Whether the newest by id are meant, rather than by their own time."""
        return self.after_time is None or self.after_id > 0 or self.before_id is not None

    def admits(self, message: Stored) -> bool:
        """Whether the message, if it is of one of the sites, is one of those asked for."""
        return (
            message.id > self.after_id
            and (not self.levels or message.log_level in self.levels)
            and (self.after_time is None or message.timestamp >= self.after_time)
            and (self.before_id is None or message.id < self.before_id)
        )


def read_query(parameters: Mapping[str, str], now: float) -> Query:
    """Read the parameters of `/recent-logs`; without any cursor, it is the last 24 hours. Raises Refusal."""
    cursor = read_cursor(parameters.get("after_id"))
    before = read_cursor(parameters.get("before_id"), "before_id")
    after_time = parameters.get("after_time")
    if after_time is None and cursor is None and before is None:
        after_time = str(now - DAY)
    return Query(
        sites=read_sites(parameters.get("site"), every=True),
        after_time=None if after_time is None else read_time(after_time),
        after_id=cursor.id if cursor else 0,
        before_id=before and before.id,
        levels=read_levels(parameters.get("log_level", "")),
        limit=read_limit(parameters.get("limit", str(MAX_ROWS))),
    )


def read_time(value: str) -> int:
    """The second in `after_time`, unix seconds as int or float. Raises Refusal."""
    number = number_in(value)
    if number is None:
        raise Refusal(f"after_time is {quoted(value)}: send unix seconds", "after_time")
    return math.floor(in_seconds(number))


def read_levels(value: str) -> set[str]:
    """The levels in a comma-separated list. Raises Refusal."""
    levels = set()
    for word in filter(None, (word.strip() for word in value.split(","))):
        level = level_named(word)
        if level is None:
            raise Refusal(f"log_level is {quoted(word)}: send one of {', '.join(LEVELS)}", "log_level")
        levels.add(level)
    return levels


def read_limit(value: str) -> int:
    """At most how many messages, from 1; no answer has more than 5,000. Raises Refusal."""
    if not re.fullmatch("[0-9]{1,15}", value) or int(value) < 1:
        raise Refusal(f"limit is {quoted(value)}: send a whole number from 1 to {MAX_ROWS}", "limit")
    return min(int(value), MAX_ROWS)


def read_glance(parameters: Mapping[str, str]) -> tuple[list[str], int | None]:
    """The parameters of `/sites`: which sites, and the step of their activity in seconds, None for none.

    Raises Refusal.
    """
    step = parameters.get("activity")
    if step is not None and (
        not re.fullmatch("[0-9]{1,5}", step) or int(step) not in range(60, DAY + 1, 60) or DAY % int(step)
    ):
        raise Refusal(
            f"activity is {quoted(step)}: send a number of seconds in which a day can be parted, like 3600",
            "activity",
        )
    sites = read_sites(parameters.get("site") or EVERY_SITE, every=True)
    return sites, None if step is None else int(step)
