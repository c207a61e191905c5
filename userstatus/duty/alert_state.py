"""What one alert of the configuration has told, and is about to tell."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from userstatus.duty.config import Alert
from userstatus.duty.lines import RANK, Line, Lines, worst
from userstatus.duty.repeats import Repeats
from userstatus.message import Message
from userstatus.notice import RECOVERY, SILENCE

GATHER_S = 2.0  # what comes within this time makes one call
FIRST_PAUSE_S, MAX_PAUSE_S = 10, 600  # between two calls; it doubles as long as there is more to tell
MAX_TOLD = 10_000  # sites whose silence was told; the recovery of those before is not told
SILENCE_KEY = " silence"


class AlertState:
    """The state of one alert. The methods must be called in the order of time; times are in unix seconds.

    In a storm, calls are made at growing intervals, each of which tells all that has come meanwhile; what is
    worse than what was told last does not wait for the end of an interval.
    """

    def __init__(self, alert: Alert, saved: Mapping[str, Any] | None = None):
        saved = saved or {}
        self.alert = alert
        self._repeats = Repeats(alert.again_after, saved.get("repeats", ()))
        self._waiting = Lines.parse(saved.get("waiting", ()))
        self._since: float = saved.get("since") or 0.0  # of the first that waits
        self._worse_since: float | None = saved.get("worse_since")  # likewise, of those that need not wait
        self._not_before: float = saved.get("not_before", 0.0)
        self._pause: float = saved.get("pause", 0.0)
        self._rank: int = saved.get("rank", 0)  # of the worst that was told lately
        self._told_silence: dict[str, None] = dict.fromkeys(saved.get("told_silence", ()))

    def as_json(self) -> dict[str, Any]:
        return {
            "repeats": self._repeats.as_json(),
            "waiting": self._waiting.as_json(),
            "since": self._since,
            "worse_since": self._worse_since,
            "not_before": self._not_before,
            "pause": self._pause,
            "rank": self._rank,
            "told_silence": list(self._told_silence),
        }

    def set_back(self, now: float) -> None:
        """Nothing was due later than now: the clock was ahead, and is not any more."""
        self._repeats.set_back(now)
        self._waiting.listed = [line._replace(due=min(line.due, now)) for line in self._waiting.listed]
        self._since, self._not_before = min(self._since, now), min(self._not_before, now)
        if self._worse_since is not None:
            self._worse_since = min(self._worse_since, now)

    @property
    def next_due(self) -> float:
        """When there will be something to do."""
        return min(self._repeats.next_end, self._call_at)

    @property
    def _call_at(self) -> float:
        if not self._waiting:
            return math.inf
        worse = math.inf if self._worse_since is None else self._worse_since + GATHER_S
        return min(worse, max(self._since + GATHER_S, self._not_before))

    def is_about(self, message: Message) -> bool:
        """Whether it calls about a message, judged by its site and level."""
        level = self.alert.level
        return (
            level is not None and RANK[message.log_level] >= RANK[level] and self.alert.covers(message.site)
        )

    def is_about_silence(self, site: str) -> bool:
        """Whether it calls about the silence of a site."""
        return self.alert.silence and self.alert.covers(site)

    def hear(self, key: str, line: Line) -> None:
        """Tell a line, or count it if a line with the same key was told a short while ago."""
        told = list(self._repeats.add(key, line))
        for each in told:
            self.tell(each)
        if told and key.endswith(SILENCE_KEY):
            self.silence_is_told(line.site)

    def hear_recovery(self, line: Line, muted: bool) -> bool:
        """Tell that a site speaks again, if its silence was told; whether it is to be told."""
        if line.site not in self._told_silence:
            self._repeats.replace_last(line.site + SILENCE_KEY, line)
            return False
        if not self._repeats.end(line.site + SILENCE_KEY, line):
            return False
        del self._told_silence[line.site]
        if not muted:
            self.tell(line)
        return True

    def silence_is_told(self, site: str) -> None:
        """The recovery of a site will be told; one before that is no longer true."""
        self._repeats.drop_last(site + SILENCE_KEY)
        self._told_silence[site] = None
        if len(self._told_silence) > MAX_TOLD:
            del self._told_silence[next(iter(self._told_silence))]

    def tell(self, line: Line) -> None:
        """Tell a line with the next call."""
        if not self._waiting:
            self._since, self._worse_since = line.due, None
        if RANK[line.level] > self._rank and self._worse_since is None:
            self._worse_since = line.due
        self._waiting.add(line)

    def silence_is_muted(self, site: str) -> None:
        """A site is silent, though that is not told: that it speaks again is no longer true."""
        self._repeats.drop_last(site + SILENCE_KEY)

    def close_windows(self, now: float, silent: Collection[str]) -> Iterator[tuple[str, Line]]:
        """What was counted while it was too early to tell it again, and should be told now.

        Each line comes with what it is about: its level, a silence or a recovery.
        """
        for key, line in self._repeats.close(now):
            if not key.endswith(SILENCE_KEY):
                yield line.level, line
            elif line.site in silent:
                self.silence_is_told(line.site)
                yield SILENCE, line
            else:
                self._told_silence.pop(line.site, None)
                self._repeats.is_over(key)
                yield RECOVERY, line

    def take_due(self, now: float) -> Lines | None:
        """What to call about now, if a call is due."""
        if now < self._call_at:
            return None
        lines, self._waiting = self._waiting, Lines()
        rank = RANK[worst(lines.listed)]
        if self._not_before > self._since + GATHER_S:  # it has waited, or would have
            self._pause = min(2 * self._pause, MAX_PAUSE_S, self.alert.again_after)
            self._rank = max(rank, self._rank)
        else:
            self._pause = min(FIRST_PAUSE_S, self.alert.again_after)
            self._rank = rank
        self._not_before = now + self._pause
        return lines
