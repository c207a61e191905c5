"""Following a log live over server-sent events, through every loss of the connection."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Iterator
from typing import Any

from userstatus.commands.event_stream import Event, events
from userstatus.commands.http_reader import RequestFailed, Server
from userstatus.commands.log_pages import is_message
from userstatus.commands.outcome import tell

SILENCE_S = 45.0  # the server sends something every 20 seconds, so a silent connection is dead
MIN_PAUSE_S, MAX_PAUSE_S = 0.5, 30.0  # before connecting again; doubled each time
FINAL = (400, 401, 403)  # statuses that also end what has worked before
GAP = "some of the missed messages are no longer available"
REPLACED = "the server's log was replaced, perhaps from a backup"


class Following:
    """The messages of some sites after a cursor, each once and in the order of their receipt.

    Losing the connection, and having it back, is told on standard error.
    """

    def __init__(self, server: Server, sites: str, cursor: str):
        self.server = server
        self.sites = sites
        self.cursor = cursor
        self._lost = False  # and not back yet
        self._connected = False  # at least once
        self._failures = 0  # in a row

    def messages(self) -> Iterator[dict[str, Any]]:
        """Without end. Raises RequestFailed if the server cannot be reached at first, or says no."""
        while True:
            try:
                yield from self._connection()
            except RequestFailed as failed:  # noqa: PERF203
                if failed.status in FINAL or (not self._connected and not failed.is_busy):
                    raise
                self._wait(failed)

    def _connection(self) -> Iterator[dict[str, Any]]:
        """The messages of one connection. Raises RequestFailed when it ends."""
        headers = {"Accept": "text/event-stream"}
        if self.cursor:
            headers["Last_Event_ID"] = self.cursor
        try:
            with self.server.open("/events", {"site": self.sites}, SILENCE_S, **headers) as response:
                if response.headers.get_content_type() != "text/event-stream":
                    raise RequestFailed(f"what answers at {self.server.url} is not userstatus", 404)
                for event in events(response):
                    yield from self._received(event)
        except (OSError, http.client.HTTPException) as error:
            raise RequestFailed(str(error) or type(error).__name__) from None
        raise RequestFailed("it was closed")

    def _received(self, event: Event) -> Iterator[dict[str, Any]]:
        try:
            content = json.loads(event.data)
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise RequestFailed("it sent what is no event of userstatus", 404)
        if event.kind == "closing":
            raise RequestFailed(str(content.get("error")))
        if event.kind == "subscribed":
            self._subscribed(content)
        if event.kind == "newlog" and is_message(content):
            yield {**content, "timestamp": int(content["timestamp"])}  # text there, a number elsewhere
        self.cursor = event.last_id or self.cursor  # only after the message was taken

    def _subscribed(self, status: dict[str, Any]) -> None:
        self._connected, self._failures = True, 0
        if status.get("replaced"):
            tell(REPLACED)
        if self._lost:
            tell(
                f"connected again, but {GAP}" if status.get("gap") else "connected again; nothing was missed"
            )
        elif status.get("gap"):
            tell(GAP)
        self._lost = False

    def _wait(self, failed: RequestFailed) -> None:
        if not self._lost:
            tell(f"lost the connection to {self.server.url} ({failed}); connecting again")
        self._lost = True
        growing = min(MIN_PAUSE_S * 2.0 ** min(self._failures, 10), MAX_PAUSE_S)
        self._failures += 1
        jitter = random.uniform(0.5, 1)  # nosec B311 # guards no secret
        time.sleep(max(growing * jitter, min(failed.retry_after or 0.0, MAX_PAUSE_S)))
