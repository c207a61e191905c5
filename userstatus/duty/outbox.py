"""What waits to be told over one channel, and when to try again if that fails."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from userstatus.duty.lines import Lines

FIRST_RETRY_S, MAX_RETRY_S = 10, 900  # pauses between attempts, which grow threefold
FAILING_ATTEMPTS, FAILING_S = 3, 300  # after which it is said in the log that a channel fails


class Outbox:
    """The lines for one channel. While some are being sent, others may come. Times are in unix seconds.

    Saved at any moment, it has all that is not known to have been sent. `place` is where the channel is in
    the configuration, such as `alerts[1].to[2]`.
    """

    def __init__(self, place: str, saved: Mapping[str, Any] | None = None):
        saved = saved or {}
        self.place = place
        self._waiting = Lines.parse(saved.get("waiting", ()))
        self._sending: Lines | None = None
        self._attempts: int = saved.get("attempts", 0)  # that failed, since the last one that did not
        self.failing_since: float | None = saved.get("failing_since")
        self._next_try: float = saved.get("next_try", 0.0)
        self._is_told: bool = saved.get("is_told", False)  # that it fails
        self.reason = ""  # of the last failure, such as `: HTTP 401`, if it is known

    def as_json(self) -> dict[str, Any]:
        waiting = Lines()
        for each in filter(None, (self._sending, self._waiting)):
            waiting.add_all(each)
        return {
            "waiting": waiting.as_json(),
            "attempts": self._attempts,
            "failing_since": self.failing_since,
            "next_try": self._next_try,
            "is_told": self._is_told,
        }

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sending or ())

    def put(self, lines: Lines) -> None:
        """Add what is to be told, except that this very channel fails."""
        for line in lines.listed:
            if line.not_to != self.place:
                self._waiting.add(line)
        self._waiting.more += lines.more

    def is_due(self, now: float) -> bool:
        """Whether there is something to send now."""
        return self._sending is None and len(self._waiting) > 0 and now >= self._next_try

    @property
    def is_sending(self) -> bool:
        return self._sending is not None

    def begin(self) -> Lines:
        """Take all that waits, to be sent; `sent` or `failed` must follow."""
        self._sending, self._waiting = self._waiting, Lines()
        return self._sending

    def sent(self) -> None:
        self._sending = None
        self._attempts, self._next_try = 0, 0.0
        if not self._is_told:
            self.failing_since = None

    def failed(self, now: float, why: str) -> None:
        """What was being sent waits again, for a pause that grows with each attempt."""
        sending, came = self._sending or Lines(), self._waiting
        self._sending, self._waiting = None, sending
        self._waiting.add_all(came)
        if self.failing_since is None:
            self.failing_since = now
        pause = min(FIRST_RETRY_S * 3**self._attempts, MAX_RETRY_S)
        self._attempts = min(self._attempts + 1, 1000)
        self.reason = f": {why}" if why else ""
        self._next_try = now + pause * random.uniform(0.75, 1.25)  # noqa: S311  # nosec B311 # no secret

    def keeps_failing(self, now: float) -> bool:
        """Whether it has failed for so long that it should be said, and has not been said yet."""
        since, attempts = self.failing_since, self._attempts
        if self._is_told or since is None or not attempts:
            return False
        return attempts >= FAILING_ATTEMPTS or now - since >= FAILING_S

    @property
    def has_recovered(self) -> bool:
        """Whether it works again, after it was said that it fails."""
        return self._is_told and not self._attempts

    def failure_is_told(self) -> None:
        self._is_told = True

    def recovery_is_told(self) -> None:
        self._is_told, self.failing_since = False, None
