"""The query parameters of the HTTP endpoints."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from userstatus.errors import Rejection
from userstatus.live.requests import read_cursor, read_sites
from userstatus.message import EVERY_SITE, LEVELS, in_seconds, level_named, number_in, quoted
from userstatus.store.expiry import DAY_S
from userstatus.store.overview import MINUTE_S, QUARTER_S
from userstatus.store.reader import Query

MAX_ROWS = 5000  # in one response
# With any of these, it is not by default the last 24 hours that are meant.
BOUNDS = ("after_time", "after_id", "before_id", "received_after", "received_before")
MAX_WAIT_S = 25  # platforms end a request that stays silent for longer


def read_wait(value: str) -> float:
    """The number of seconds to wait for a message, at most 25. Raises Rejection."""
    seconds = number_in(value)
    if seconds is None or seconds < 0:
        raise Rejection(f"wait is {quoted(value)}: send a number of seconds from 0 to {MAX_WAIT_S}", "wait")
    return min(seconds, MAX_WAIT_S)


def read_query(parameters: Mapping[str, str], now: float) -> Query:
    """The parameters of `/recent-logs`; by default the last 24 hours. Raises Rejection."""
    cursor = read_cursor(parameters.get("after_id"))
    before = read_cursor(parameters.get("before_id"), "before_id")
    after_time = parameters.get("after_time")
    if not any(name in parameters for name in BOUNDS):
        after_time = str(now - DAY_S)
    return Query(
        sites=read_sites(parameters.get("site"), every=True),
        after_time=None if after_time is None else math.floor(read_time(after_time, "after_time")),
        after_id=cursor.id if cursor else 0,
        before_id=before and before.id,
        levels=read_levels(parameters.get("log_level", "")),
        limit=read_limit(parameters.get("limit", str(MAX_ROWS))),
        received_after=_read_receipt(parameters, "received_after"),
        received_before=_read_receipt(parameters, "received_before"),
        oldest=read_order(parameters.get("order")),
    )


def read_time(value: str, field: str) -> float:
    """A time in unix seconds, as an int or float. Raises Rejection."""
    number = number_in(value)
    if number is None:
        raise Rejection(f"{field} is {quoted(value)}: send unix seconds", field)
    return in_seconds(number)


def _read_receipt(parameters: Mapping[str, str], field: str) -> float | None:
    return read_time(parameters[field], field) if field in parameters else None


def read_order(value: str | None) -> bool:
    """Whether the oldest of too many messages are wanted, not the newest. Raises Rejection."""
    if value not in (None, "oldest"):
        raise Rejection(
            f"order is {quoted(value)}: send oldest, or leave it out to get the newest messages", "order"
        )
    return value is not None


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
    sites = read_sites(parameters.get("site") or EVERY_SITE, every=True)
    return sites, None if step is None else _read_step(step, "activity", MINUTE_S, "like 3600")


def read_history(parameters: Mapping[str, str]) -> tuple[list[str], int]:
    """The parameters of `/activity`: which sites, and the step in seconds. Raises Rejection."""
    sites = read_sites(parameters.get("site") or EVERY_SITE, every=True)
    return sites, _read_step(
        parameters.get("step", str(QUARTER_S)), "step", QUARTER_S, "900 or a multiple of it"
    )


def _read_step(value: str, field: str, unit: int, example: str) -> int:
    """A number of seconds that is a multiple of `unit` and divides a day. Raises Rejection."""
    step = int(value) if re.fullmatch("[0-9]{1,5}", value) else 0
    if step not in range(unit, DAY_S + 1, unit) or DAY_S % step:
        raise Rejection(
            f"{field} is {quoted(value)}: send a number of seconds in which a day can be parted, {example}",
            field,
        )
    return step
