"""The query parameters of the HTTP endpoints."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from userstatus.errors import Rejection
from userstatus.live.requests import read_cursor, read_sites
from userstatus.message import EVERY_SITE, LEVELS, in_seconds, level_named, number_in, quoted
from userstatus.store.expiry import DAY_S
from userstatus.store.reader import Query

MAX_ROWS = 5000  # in one response
MAX_WAIT_S = 25  # platforms end a request that stays silent for longer


def read_wait(value: str) -> float:
    """The number of seconds to wait for a message, at most 25. Raises Rejection."""
    seconds = number_in(value)
    if seconds is None or seconds < 0:
        raise Rejection(f"wait is {quoted(value)}: send a number of seconds from 0 to {MAX_WAIT_S}", "wait")
    return min(seconds, MAX_WAIT_S)


def read_query(parameters: Mapping[str, str], now: float) -> Query:
    """The parameters of `/recent-logs`; without any cursor, the last 24 hours. Raises Rejection."""
    cursor = read_cursor(parameters.get("after_id"))
    before = read_cursor(parameters.get("before_id"), "before_id")
    after_time = parameters.get("after_time")
    if after_time is None and cursor is None and before is None:
        after_time = str(now - DAY_S)
    return Query(
        sites=read_sites(parameters.get("site"), every=True),
        after_time=None if after_time is None else read_time(after_time),
        after_id=cursor.id if cursor else 0,
        before_id=before and before.id,
        levels=read_levels(parameters.get("log_level", "")),
        limit=read_limit(parameters.get("limit", str(MAX_ROWS))),
    )


def read_time(value: str) -> int:
    """The second in `after_time`, unix seconds as an int or float. Raises Rejection."""
    number = number_in(value)
    if number is None:
        raise Rejection(f"after_time is {quoted(value)}: send unix seconds", "after_time")
    return math.floor(in_seconds(number))


def read_levels(value: str) -> set[str]:
    """The levels in a comma-separated list. Raises Rejection."""
    levels = set()
    for word in filter(None, (word.strip() for word in value.split(","))):
        level = level_named(word)
        if level is None:
            raise Rejection(f"log_level is {quoted(word)}: send one of {', '.join(LEVELS)}", "log_level")
        levels.add(level)
    return levels


def read_limit(value: str) -> int:
    """The maximum number of messages to return, from 1 to 5,000. Raises Rejection."""
    if not re.fullmatch("[0-9]{1,15}", value) or int(value) < 1:
        raise Rejection(f"limit is {quoted(value)}: send a whole number from 1 to {MAX_ROWS}", "limit")
    return min(int(value), MAX_ROWS)


def read_summary(parameters: Mapping[str, str]) -> tuple[list[str], int | None]:
    """The parameters of `/sites`: which sites, and the step of their activity in seconds or None.

    Raises Rejection.
    """
    step = parameters.get("activity")
    if step is not None and (
        not re.fullmatch("[0-9]{1,5}", step) or int(step) not in range(60, DAY_S + 1, 60) or DAY_S % int(step)
    ):
        raise Rejection(
            f"activity is {quoted(step)}: send a number of seconds in which a day can be parted, like 3600",
            "activity",
        )
    sites = read_sites(parameters.get("site") or EVERY_SITE, every=True)
    return sites, None if step is None else int(step)
