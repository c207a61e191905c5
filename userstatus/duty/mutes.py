"""Mutes: for a while, nobody is called about a site. They are notices in its log."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from userstatus.durations import duration_in_words
from userstatus.duty.lines import RANK, Line, worst
from userstatus.message import LEVELS, Message, NewMessage
from userstatus.notice import MUTE, RECOVERY, SILENCE, UNMUTE, UUID_PREFIX, Notice

MAX_MUTED = 1000  # sites; beyond that, the one muted longest ago is not any more
PLURAL = {"warning": "warnings", "error": "errors", SILENCE: "silences", RECOVERY: "recoveries"}


def mute(site: str, seconds: int, level: str, why: str, now: float) -> NewMessage:
    """The notice that nobody is called about a site for some time, for what is no worse than a level."""
    until = now + seconds
    end = f"{datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC"
    text = f"Muted for {duration_in_words(seconds)}, until {end}, {level} and less: {why}"
    return _notice(site, text, now, Notice(MUTE, since=now, until=until, level=level, why=why), token_hex(8))


def unmute(site: str, now: float) -> NewMessage:
    """The notice that a site is not muted any more, because somebody says so."""
    return _notice(site, "No longer muted", now, Notice(UNMUTE), token_hex(8))


def _notice(site: str, text: str, now: float, notice: Notice, of: str) -> NewMessage:
    return NewMessage(site, text, "info", math.floor(now), f"{UUID_PREFIX}{notice.kind}:{of}", notice=notice)


@dataclass
class Mute:
    """A mute: `id` is its notice's, `muted` counts what was not told, by alert and by level (or silence)."""

    id: int
    since: float
    until: float
    level: str
    muted: dict[str, dict[str, int]] = field(default_factory=dict)
    last: dict[str, Line] = field(default_factory=dict)

    def covers(self, line: Line, what: str) -> bool:
        """Whether it mutes a line about this: a silence and its end in any case, else a level."""
        return what in (SILENCE, RECOVERY) or RANK[line.level] <= RANK[self.level]

    def count(self, alert: str, line: Line, what: str) -> None:
        """Count what an alert does not tell."""
        counts = self.muted.setdefault(alert, {})
        counts[what] = counts.get(what, 0) + (line.times if what == line.level else 1)
        previous = self.last.get(alert, line)
        self.last[alert] = line._replace(level=worst([previous, line]))

    def summary(self, alert: str, at: float) -> Line | None:
        """The line that tells an alert, at a time, what was muted, if there was anything."""
        last = self.last.get(alert)
        return last and last._replace(due=at, text=f"while muted: {in_words(self.muted[alert])}")

    def ended(self, site: str, at: float, why: str) -> NewMessage:
        """The notice that the mute has ended, once however many processes write it."""
        most: Counter[str] = Counter()
        for counts in self.muted.values():
            most |= Counter(counts)  # of each, the largest: alerts overlap
        meanwhile = f". Meanwhile: {in_words(most)}" if most else ""
        notice = Notice(UNMUTE, since=self.since, why=why)
        return _notice(site, f"No longer muted: {why}{meanwhile}", at, notice, of=str(self.id))

    def as_json(self) -> list[Any]:
        last = {alert: list(line) for alert, line in self.last.items()}
        return [self.id, self.since, self.until, self.level, self.muted, last]

    @classmethod
    def parse(cls, saved: list[Any]) -> Mute:
        id, since, until, level, muted, last = saved
        return cls(id, since, until, level, muted, {alert: Line(*line) for alert, line in last.items()})


def in_words(counts: Mapping[str, int]) -> str:
    """Counts by level, such as `12 errors, 1 silence`; the worst comes first."""
    return ", ".join(
        f"{counts[what]:,} {what if counts[what] == 1 else PLURAL.get(what, what)}"
        for what in (*reversed(LEVELS), SILENCE, RECOVERY)
        if counts.get(what)
    )


class Mutes:
    """The mutes that are in force, as learned from the log."""

    def __init__(self, saved: Mapping[str, list[Any]] | None = None):
        self._mutes = {site: Mute.parse(each) for site, each in (saved or {}).items()}

    def as_json(self) -> dict[str, list[Any]]:
        return {site: mute.as_json() for site, mute in self._mutes.items()}

    @property
    def next_end(self) -> float:
        """When the next one ends, in unix seconds."""
        return min((mute.until for mute in self._mutes.values()), default=math.inf)

    def of(self, site: str) -> Mute | None:
        return self._mutes.get(site)

    def begin(self, message: Message, notice: Notice) -> None:
        """A notice says that a site is muted; if it was already, this mute goes on where that one ends."""
        before = self._mutes.pop(message.site, None)
        since = message.received_at if notice.since is None else notice.since
        until = message.received_at if notice.until is None else notice.until
        level = notice.level if notice.level in RANK else "error"
        found = self._mutes[message.site] = Mute(message.id, since, until, str(level))
        if before is not None:
            found.muted, found.last = before.muted, before.last
        if len(self._mutes) > MAX_MUTED:
            del self._mutes[next(iter(self._mutes))]

    def end(self, site: str) -> Mute:
        """The mute of a site, which ends now."""
        return self._mutes.pop(site)

    def over(self, now: float) -> list[str]:
        """The sites whose mutes are over by now."""
        return [site for site, mute in self._mutes.items() if mute.until <= now]
