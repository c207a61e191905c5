"""What can go wrong for a client, and the one JSON shape that says so."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """A request that cannot be fulfilled, and what to do about it.

    `error` is one sentence for a person, `field` the name of the offending field or parameter (None where
    it is not about one), `status` the HTTP status, `retry_after` seconds after which to try again.
    """

    def __init__(
        self, error: str, field: str | None = None, status: int = 400, retry_after: int | None = None
    ):
        super().__init__(error)
        self.error = error
        self.field = field
        self.status = status
        self.retry_after = retry_after

    def as_json(self) -> dict[str, Any]:
        """`{"error": "site is missing: …", "field": "site"}`."""
        return {"error": self.error} if self.field is None else {"error": self.error, "field": self.field}


class Unavailable(Refusal):
    """The database does not answer, or not in time; the client may try again. But for Unconfirmed, nothing
    was stored.

    `reason` is for the server's log, `error` for the client.
    """

    def __init__(self, reason: str, error: str = "the database does not answer: try again"):
        super().__init__(error, status=503, retry_after=2)
        self.reason = reason


class Unconfirmed(Unavailable):
    """The database did not say whether it has committed: what was sent may be stored or not."""

    def __init__(self, reason: str):
        super().__init__(
            f"the commit had begun: {reason}",
            "the database did not confirm it, so it may or may not be stored: "
            "with a uuid of your own, send it again",
        )


class Busy(Unavailable):
    """So many others read long answers that this one did not get its turn in time."""

    def __init__(self) -> None:
        super().__init__("too many read at a time", "too many others are reading long answers: try again")
        self.retry_after = 5


class StartError(Exception):
    """The service cannot start; the text is one line for the operator."""
