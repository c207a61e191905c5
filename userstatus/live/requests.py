"""What viewers send: the sites to watch, the cursor to resume from, and actions over a WebSocket."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from userstatus.errors import Rejection
from userstatus.message import EVERY_SITE, MAX_ID, SITE_REMEDY, Cursor, InvalidMessage, quoted, read_site

MAX_SITES = 1000  # that one viewer may watch by name


def read_sites(value: object, every: bool = False) -> list[str]:
    """The site codes in a comma-separated string or a list of strings, lowercased, without duplicates.

    `every` allows `*`, which stands for every site. Raises Rejection.
    """
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) and names is not None:
        raise Rejection(f"site is {quoted(value)}: {SITE_REMEDY}", "site")
    if len(names or []) > MAX_SITES:
        raise Rejection(
            f"these are more than {MAX_SITES} sites: send fewer, or *, which is every site", "site"
        )
    found: dict[str, None] = {}
    for name in names or []:
        stripped = name.strip() if isinstance(name, str) else name
        if stripped == EVERY_SITE and every:
            found[EVERY_SITE] = None
        elif stripped != "":
            found[_site(stripped)] = None
    if not found:
        raise Rejection(f"site is missing: {SITE_REMEDY}", "site")
    return list(found)


def read_cursor(value: object, field: str = "after_id") -> Cursor | None:
    """The cursor or plain id in a parameter; None if there is none. Raises Rejection."""
    if value is None:
        return None
    cursor = None
    if isinstance(value, str):
        cursor = Cursor.parse(value)
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_ID:
        cursor = Cursor(value)
    if cursor is None:
        raise Rejection(
            f"{field} is {quoted(value)}: send the cursor of a message as it came, or its id, like 4711",
            field,
        )
    return cursor


class Watch(NamedTuple):
    """The sites that a viewer asks to watch, and `cursor`, that of the last message it has seen.

    A viewer that `resumes` sends a cursor, even if it has not seen any message, and is told its position.
    """

    sites: list[str]
    cursor: Cursor | None
    resumes: bool


def read_watch(parameters: Mapping[str, object], last_event_id: str | None = None) -> Watch:
    """Sites and cursor; the cursor that a browser sends when it reconnects overrides the one in the URL.

    `last_event_id` is the header; libraries that cannot send it use the parameter `lastEventId`. Raises
    Rejection.
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
    """The `action` in a JSON object that a viewer sent over a WebSocket, and the whole object.

    Raises Rejection.
    """
    try:
        content = json.loads(said)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Rejection('this is not a JSON object: send one like {"action": "newlog", "site": "tst", …}')
    action = content.get("action")
    if not isinstance(action, str) or action not in known:
        raise Rejection(f"action is {quoted(action)}: send one of {', '.join(known)}", "action")
    return action, content


def _site(value: object) -> str:
    try:
        return read_site(value)
    except InvalidMessage as invalid:
        raise Rejection(invalid.error, invalid.field) from None
