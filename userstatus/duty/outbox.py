"""What waits to be told over one channel, and when to try again if that fails."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from userstatus.duty.lines import RANK, Lines

FIRST_RETRY_S, MAX_RETRY_S = 10, 900  # pauses between attempts, which grow threefold
MAX_VARIATION = 1.25  # of a pause, so that not all channels are tried at once
MIN_RETRY_S = 30  # after a failure, until something worse than what waits is a reason to try again
FAILING_ATTEMPTS, FAILING_S = 3, 300  # after which it is said in the log that a channel fails


class Outbox:
    """The lines for one channel. While some are being sent, others may come. Times are in unix seconds.

    Saved at any moment, it has all that is not known to have been sent. `place` is where the channel is in
    the configuration, such as `alerts[1].to[2]`. `saved` is what `as_json` has returned, perhaps by a clock
    that was ahead of this one's `now`.
    """

    def __init__(self, place: str, saved: Mapping[str, Any] | None = None, now: float = math.inf):
        saved = saved or {}
        self.place = place
        self._waiting = Lines.parse(saved.get("waiting", ()))
        self._sending: Lines | None = None
        self._attempts: int = saved.get("attempts", 0)  # that failed, since the last one that did not
        since: float | None = saved.get("failing_since")
        self.failing_since = None if since is None else min(since, now)
        self._failed_at: float = min(saved.get("failed_at", 0.0), now)
        self._next_try: float = min(saved.get("next_try", 0.0), now + MAX_RETRY_S * MAX_VARIATION)
        self._is_told: bool = saved.get("is_told", False)  # that it fails
        self.reason = ""  # of the last failure, such as `: HTTP 401`, if it is known

    def as_json(self) -> dict[str, Any]:
        waiting = Lines()
        for each in filter(None, (self._sending, self._waiting)):
            waiting.add_all(each)
        return {
            "place": self.place,
            "waiting": waiting.as_json(),
            "attempts": self._attempts,
            "failing_since": self.failing_since,
            "failed_at": self._failed_at,
            "next_try": self._next_try,
            "is_told": self._is_told,
        }

    @property
    def waiting(self) -> Lines:
        """What waits, without what is being sent."""
        return self._waiting

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sending or ())

    def put(self, lines: Lines) -> None:
        """Add what is to be told, except that this very channel fails.

        If it is worse than what waits, a pause ends early: the channel may have recovered.
        """
        for line in lines.listed:
            if line.not_to != self.place:
                if RANK[line.level] > worst_rank(self._waiting):
                    self._next_try = min(self._next_try, self._failed_at + MIN_RETRY_S)
                self._waiting.add(line)
        self._waiting.more += lines.more

    def inherit(self, other: Outbox) -> None:
        """Take over what waits for a channel that is gone, except for what waits here as well."""
        here = {*self._waiting.listed, *(self._sending.listed if self._sending else ())}
        self.put(Lines([line for line in other._waiting.listed if line not in here], other._waiting.more))

    def replace(self, other: Outbox) -> None:
        """Begin in the place of a channel that is gone: the end of its failure is still to be told."""
        if other._is_told and other._attempts:
            self._attempts, self._is_told, self.failing_since = 1, True, other.failing_since

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
        is_worse = worst_rank(came) > worst_rank(sending)
        self._sending, self._waiting = None, sending
        self._waiting.add_all(came)
        if self.failing_since is None:
            self.failing_since = now
        pause = min(FIRST_RETRY_S * 3**self._attempts, MAX_RETRY_S)
        if is_worse:
            pause = min(pause, MIN_RETRY_S)
        self._attempts = min(self._attempts + 1, 1000)
        self.reason = f": {why}" if why else ""
        variation = random.uniform(0.75, MAX_VARIATION)  # noqa: S311  # nosec B311 # no secret
        self._failed_at, self._next_try = now, now + pause * variation

    def keeps_failing(self, now: float) -> bool:
        """Whether it has failed for so long that it should be said, and has not been said yet."""
        since, attempts = self.failing_since, self._attempts
        if self._is_told or since is None or not attempts:
            return False
        return attempts >= FAILING_ATTEMPTS or now - since >= FAILING_S

    @property
    def is_failing(self) -> bool:
        """Whether it was said that it fails, and it does not work yet."""
        return self._is_told and self._attempts > 0

    @property
    def has_recovered(self) -> bool:
        """Whether it works again, after it was said that it fails."""
        return self._is_told and not self._attempts

    def failure_is_told(self) -> None:
        self._is_told = True

    def recovery_is_told(self) -> None:
        self._is_told, self.failing_since = False, None


def worst_rank(lines: Lines) -> int:
    """How bad the worst of some lines is; -1 if there are none."""
    return max((RANK[line.level] for line in lines.listed), default=-1)
