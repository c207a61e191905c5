"""The plan of alerts: from the messages of a log to the calls to be made. Nothing is sent or stored here.

Time comes from outside: each message has the time of its receipt, and `due` is given the present. The same
messages lead to the same calls, whenever they are read: so it can be interrupted and continued from its saved
state, or played with the messages of last week.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from userstatus.duty.alert_state import SILENCE_KEY, AlertState
from userstatus.duty.config import Alert, Config
from userstatus.duty.lines import RANK, Line, Lines
from userstatus.duty.mutes import Mutes
from userstatus.duty.repeats import same_text
from userstatus.message import Message, NewMessage
from userstatus.notice import CHANNEL, MUTE, RECOVERY, SILENCE, UNMUTE, Notice


class Call(NamedTuple):
    """A call to be made: `alert` is the place of the entry in the configuration, `at` is in unix seconds."""

    alert: int
    at: float
    lines: Lines


class AlertPlan:
    """Decides who is called, when, and about what. Messages must be seen in the order of the log.

    `saved` is what `as_json` has returned, for this configuration or for another one: then alerts that call
    the same channels as before go on as before. `unmutes` are notices to be written, of ended mutes.
    """

    def __init__(self, config: Config, saved: Mapping[str, Any] | None = None):
        saved = saved or {}
        before = saved.get("alerts", {})
        self.time: float = saved.get("time", 0.0)
        self.mutes = Mutes(saved.get("mutes"))
        self.unmutes: list[NewMessage] = []
        self._silent: dict[str, None] = dict.fromkeys(saved.get("silent", ()))
        self.alerts = {
            name: AlertState(alert, before.get(name)) for name, alert in names(config.alerts).items()
        }
        self._numbers = {name: number for number, name in enumerate(self.alerts)}
        self._least = min((RANK[each.level] for each in config.alerts if each.level), default=math.inf)
        self._calls: list[Call] = []
        self._plan_ahead()

    def as_json(self) -> dict[str, Any]:
        """The state, as JSON; calls that are due must have been taken."""
        return {
            "time": self.time,
            "alerts": {name: state.as_json() for name, state in self.alerts.items()},
            "mutes": self.mutes.as_json(),
            "silent": list(self._silent),
        }

    def set_back(self, now: float) -> None:
        """Go by the time now (unix seconds), if what was saved is from a clock that was ahead.

        Otherwise, nobody would be called until that time has come.
        """
        if self.time <= now:
            return
        self.time = now
        for state in self.alerts.values():
            state.set_back(now)
        self._plan_ahead()

    def see(self, message: Message) -> None:
        """Take note of the next message of the log."""
        if message.received_at >= self.next_due:
            self._advance(message.received_at)
        self.time = max(self.time, message.received_at)
        if message.notice is not None:
            self._see_notice(message, message.notice)
        elif RANK[message.log_level] >= self._least:
            self._see_message(message)

    def due(self, now: float) -> list[Call]:
        """The calls that are to be made by now (unix seconds), and have not been returned before."""
        self._advance(now)
        calls, self._calls = self._calls, []
        return calls

    def _advance(self, now: float) -> None:
        """Do what is due until now, in the order of time."""
        while self.next_due <= now:
            self.time = max(self.time, self.next_due)
            for site in self.mutes.over(self.time):
                self._end_mute(site, "the time is over")
            for name, state in self.alerts.items():
                self._close_windows(name, state)
                lines = state.take_due(self.time)
                if lines is not None:
                    self._calls.append(Call(self._numbers[name], self.time, lines))
            self._plan_ahead()
        self.time = max(self.time, now)

    def _close_windows(self, name: str, state: AlertState) -> None:
        """Tell what an alert has counted, or count it further if its site is muted by now."""
        for what, line in list(state.close_windows(self.time, self._silent)):
            mute = self.mutes.of(line.site)
            if mute is None or not mute.covers(line, what):
                state.tell(line)
            else:
                mute.count(name, line, what)

    def _plan_ahead(self) -> None:
        ahead = [state.next_due for state in self.alerts.values()]
        self.next_due = min([self.mutes.next_end, *ahead])
        """When there will be something to do even without another message, in unix seconds."""

    def _see_message(self, message: Message, not_to: str = "") -> None:
        line = Line.of(message)._replace(due=self.time, not_to=not_to)
        about = [name for name, state in self.alerts.items() if state.is_about(message)]
        if about:
            self._hear(about, same_text(message.site, message.message), line, message.log_level)

    def _see_notice(self, message: Message, notice: Notice) -> None:
        site = message.site
        if notice.kind == SILENCE:
            self._silent[site] = None
            about = [name for name, state in self.alerts.items() if state.is_about_silence(site)]
            self._hear(about, site + SILENCE_KEY, Line.of(message)._replace(due=self.time), SILENCE)
        elif notice.kind == RECOVERY:
            self._silent.pop(site, None)
            mute, line = self.mutes.of(site), Line.of(message)._replace(due=self.time)
            for name, state in self.alerts.items():
                if state.hear_recovery(line, muted=mute is not None) and mute is not None:
                    mute.count(name, line, RECOVERY)
        elif notice.kind == MUTE:
            self.mutes.begin(message, notice)
        elif notice.kind == UNMUTE:
            self._see_unmute(site, notice.since)
        else:  # about the service itself; a channel that fails is not to tell that
            self._see_message(message, not_to=notice.why or "" if notice.kind == CHANNEL else "")
        self._plan_ahead()

    def _see_unmute(self, site: str, since: float | None) -> None:
        mute = self.mutes.of(site)
        if mute is not None and since in (None, mute.since):  # otherwise it is about an earlier one
            self._end_mute(site)

    def _hear(self, about: Collection[str], key: str, line: Line, what: str) -> None:
        """Let alerts hear a line, unless its site is muted; what is worse than what is muted ends that."""
        mute = self.mutes.of(line.site)
        if mute is not None and about and not mute.covers(line, what):
            self._end_mute(line.site, f"{line.level} is worse than what was muted")
            mute = None
        for name in about:
            if mute is None:
                self.alerts[name].hear(key, line)
            else:
                mute.count(name, line, what)
                if what == SILENCE:
                    self.alerts[name].silence_is_muted(line.site)
        self._plan_ahead()

    def _end_mute(self, site: str, why: str | None = None) -> None:
        """End a mute and tell what was muted. Without `why`, there is a notice in the log already."""
        mute = self.mutes.end(site)
        if why is not None:
            self.unmutes.append(mute.ended(site, self.time, why))
        for name, state in self.alerts.items():
            summary = mute.summary(name, self.time)
            if summary is not None:
                if site in self._silent and RECOVERY in mute.muted[name]:
                    summary = summary._replace(text=f"{summary.text}; silent now")
                state.tell(summary)
                if site in self._silent and SILENCE in mute.muted[name]:
                    state.silence_is_told(site)


def names(alerts: Sequence[Alert]) -> dict[str, Alert]:
    """Alerts by names that remain when others are added or changed: they derive from whom they call."""
    found: dict[str, Alert] = {}
    for alert in alerts:
        name = sha256("\n".join(alert.to).encode()).hexdigest()[:16]
        same = sum(each.partition("-")[0] == name for each in found)
        found[f"{name}-{same}" if same else name] = alert
    return found
