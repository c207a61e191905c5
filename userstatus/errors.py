"""Errors that clients are told about, and the one JSON shape in which they are reported."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from userstatus.redaction import redacted

BEARER = 'Bearer realm="userstatus"'
HINT_HEADERS = {  # response headers that say what to send instead, by HTTP status
    401: [("WWW-Authenticate", BEARER)],
    415: [("Accept-Encoding", "gzip, deflate")],
    426: [("Sec-WebSocket-Version", "13")],
}


class Rejection(Exception):
    """A request that cannot be fulfilled, and what the client can do about it.

    `error` is one sentence for a person, `field` the offending field or parameter (None if there is none),
    `status` the HTTP status, and `retry_after` the number of seconds after which to try again.
    """

    def __init__(
        self, error: str, field: str | None = None, status: int = 400, retry_after: int | None = None
    ):
        self.error = redacted(
            error
        )  # which may quote what a client sent, a path that has a key in it included
        super().__init__(self.error)
        self.field = field
        self.status = status
        self.retry_after = retry_after

    @property
    def reason(self) -> str:
        """The reason as written to the server's log."""
        return self.error

    @property
    def hints(self) -> list[tuple[str, str]]:
        """The response headers that say when to try again, or what to send instead."""
        found = [] if self.retry_after is None else [("Retry-After", str(self.retry_after))]
        return found + HINT_HEADERS.get(self.status, [])

    def as_json(self) -> dict[str, Any]:
        """The rejection as an object: `{"error": "site is missing: …", "field": "site"}`."""
        return {"error": self.error} if self.field is None else {"error": self.error, "field": self.field}

    def as_response(self) -> tuple[str, list[tuple[str, str]], bytes]:
        """The HTTP response: status (such as `400 Bad Request`), headers and body."""
        body = json.dumps(self.as_json(), ensure_ascii=False, separators=(",", ":")).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        return f"{self.status} {HTTPStatus(self.status).phrase}", headers + self.hints, body


class Unavailable(Rejection):
    """The database does not respond, or not in time. Nothing was stored; the client may try again.

    `reason` is for the server's log, `error` for the client.
    """

    def __init__(self, reason: str, error: str = "the database does not answer: try again"):
        super().__init__(error, status=503, retry_after=2)
        self._reason = reason

    @property
    def reason(self) -> str:
        return self._reason


class Unconfirmed(Unavailable):
    """The database did not confirm a commit: the messages may or may not be stored."""

    def __init__(self, reason: str):
        super().__init__(
            f"the commit had begun: {reason}",
            "the database did not confirm it, so it may or may not be stored: "
            "with a uuid of your own, send it again",
        )


class Busy(Unavailable):
    """Too many clients are reading long responses, and no slot became free in time."""

    def __init__(self) -> None:
        super().__init__("too many read at a time", "too many others are reading long answers: try again")
        self.retry_after = 5


class StartError(Exception):
    """The service cannot start; the text is one line for the operator."""
