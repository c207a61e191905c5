"""Reading the log of a server page by page, oldest messages first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from userstatus.commands.http_reader import RequestFailed, Server
from userstatus.message import LEVELS

ATTEMPTS = 5  # at a page, while the server says that it is busy
BUSY_S = 2.0  # between them, if the server does not say
MAX_BUSY_S = 30.0
FIELDS = ("id", "site", "message", "log_level", "timestamp", "received_at", "cursor")


class Stretch(NamedTuple):
    """Some messages in the order of their receipt, and the cursor up to which the reader has them all."""

    messages: list[dict[str, Any]]
    cursor: str


def at_least(level: str) -> Sequence[str]:
    """This level and the worse ones."""
    return LEVELS[LEVELS.index(level) :]


def last(server: Server, sites: str, levels: Sequence[str], limit: int) -> Stretch:
    """The last messages of a day, at most `limit`. Raises RequestFailed."""
    found, _ = _page(server, {"site": sites, "log_level": ",".join(levels), "limit": limit})
    return found


def since(server: Server, sites: str, levels: Sequence[str], moment: float) -> Iterator[Stretch]:
    """All messages received after a time (unix seconds), however many. Raises RequestFailed."""
    parameters: dict[str, Any] = {
        "site": sites,
        "log_level": ",".join(levels),
        "received_after": f"{moment:.6f}",
        "order": "oldest",
    }
    while True:
        found, is_cut = _page(server, parameters)
        yield found
        if not is_cut or found.cursor == parameters.get("after_id"):
            return
        parameters["after_id"] = found.cursor


def _page(server: Server, parameters: dict[str, Any]) -> tuple[Stretch, bool]:
    """A page, and whether there is more after it."""
    content, headers = _patiently(server, parameters)
    if not isinstance(content, list) or not all(is_message(each) for each in content):
        raise RequestFailed(f"what answers at {server.url} is not userstatus: check the URL", 404)
    content.sort(key=lambda message: int(message["id"]))
    return Stretch(content, headers.get("X-Cursor", "")), headers.get("X-Truncated") == "true"


def _patiently(server: Server, parameters: dict[str, Any]) -> Any:
    for _ in range(ATTEMPTS - 1):
        try:
            return server.page("/recent-logs", parameters)
        except RequestFailed as failed:  # noqa: PERF203
            if not failed.is_busy:
                raise
            time.sleep(min(failed.retry_after or BUSY_S, MAX_BUSY_S))
    return server.page("/recent-logs", parameters)


def is_message(content: object) -> bool:
    """Whether this is a message as the server writes it."""
    return isinstance(content, dict) and all(name in content for name in FIELDS)
