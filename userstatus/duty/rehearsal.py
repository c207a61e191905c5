"""Rehearsal: what a configuration would have made of messages that are in the log. Nothing is sent or stored.

The messages go through the same level rules, watch for silence and plan of alerts as in the service, at the
time at which they were received.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from userstatus.duty.alert_plan import AlertPlan, Call
from userstatus.duty.channels import channels
from userstatus.duty.config import Config, LevelRule
from userstatus.duty.level_rules import LevelRules
from userstatus.duty.lines import shortened, worst
from userstatus.duty.repeats import same_text
from userstatus.duty.silence import DueNotice, SilenceWatch
from userstatus.message import EVERY_SITE, Message
from userstatus.notice import RECOVERY, SILENCE
from userstatus.store.reader import Reader

PAGE = 2000  # messages read at a time
MAX_EXAMPLES = 1000  # texts that are told apart for one change, those that come first
NIGHT_FROM_H, NIGHT_UNTIL_H = 22, 6  # when a call gets somebody out of bed, by the clock of the site
RETOLD = (SILENCE, RECOVERY)  # notices that depend on the configuration, so they are said anew


@dataclass
class Example:
    """Messages of a site whose texts differ in their numbers alone: the first of them, and how many."""

    site: str
    message: str
    count: int = 0


@dataclass
class Change:
    """Messages whose level changes. `rule` is the place of a rule, from 1 on; None if none matches now."""

    rule: int | None
    match: str | None
    from_level: str
    to_level: str
    count: int = 0
    examples: dict[str, Example] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        self.count += 1
        key = same_text(message.site, message.message)
        if key not in self.examples and len(self.examples) < MAX_EXAMPLES:
            self.examples[key] = Example(message.site, shortened(message.message))
        if key in self.examples:
            self.examples[key].count += 1


@dataclass
class Silent:
    """A silence: since when nothing was heard, when it was told, and until when it lasted, if it has ended.

    Times are in unix seconds.
    """

    site: str
    since: float
    told_at: float
    until: float | None
    text: str


@dataclass
class Calls:
    """The calls over one channel: how many, by the hour of the day of the site, and about how many messages.

    `channel` is its place in the configuration, and `service` such as `slack`; the rest of its URL is secret.
    """

    channel: str = ""
    service: str = ""
    calls: int = 0
    messages: int = 0
    at_night: int = 0
    by_hour: list[int] = field(default_factory=lambda: [0] * 24)


class Rehearsal:
    """Plays the messages of a log, in the order of their ids, through a configuration.

    What happens after `since` (unix seconds) is in `changes`, `silences`, `calls` and, by channel,
    `channels`; messages count in `messages` and by `sites`. What was before only leads up to it.
    """

    def __init__(self, config: Config, since: float = 0.0):
        self.config = config
        self.since = since
        self.messages = 0
        self.sites: Counter[str] = Counter()
        self.changes: dict[tuple[int | None, str, str], Change] = {}
        self.silences: list[Silent] = []
        self.calls = Calls()  # whatever the channel
        self._channels = channels(config.alerts)
        self.channels = {
            channel: Calls(channel.place, service_of(channel.url))
            for each in self._channels
            for channel in each
        }
        self._open: dict[str, Silent] = {}
        self._numbers = {id(rule): number for number, rule in enumerate(config.levels, 1)}
        self._rules = LevelRules(config.levels)
        self._watch = SilenceWatch(config)
        self._plan = AlertPlan(config)
        self._has_begun = False

    def play(self, messages: Iterable[Message]) -> None:
        """Play the next messages."""
        for message in messages:
            self._begin(message.received_at)
            if message.notice is not None and message.notice.kind in RETOLD:
                continue
            self._pass_time(message.received_at)
            played = message if message.notice else self._with_level(message)
            self._watch.hear(played)
            self._plan.see(played)
            for due in self._watch.due(message.received_at):
                self._say(due, message.id, message.received_at)
        self._take_calls(self._plan.time)

    def end(self, now: float) -> None:
        """The time until now (unix seconds) has passed without a further message."""
        self._begin(self.since)
        self._pass_time(now)
        self._take_calls(now)
        self.silences = [each for each in self.silences if each.until is None or each.until > self.since]

    def _with_level(self, message: Message) -> Message:
        counts = message.received_at > self.since
        self.messages += counts
        self.sites[message.site] += counts
        producers = message.original_level or message.log_level
        rule = self._rules.first(message.site, message.message)
        level = producers if rule is None else rule.level
        if level == message.log_level:
            return message
        if counts:
            self._note_change(message, level, rule)
        return message._replace(log_level=level, original_level=producers)

    def _note_change(self, message: Message, level: str, rule: LevelRule | None) -> None:
        number = None if rule is None else self._numbers[id(rule)]
        key = (number, message.log_level, level)
        if key not in self.changes:
            match = None if rule is None else rule.pattern.pattern
            self.changes[key] = Change(number, match, message.log_level, level)
        self.changes[key].add(message)

    def _begin(self, at: float) -> None:
        """Wait for all sites that are configured to speak, as the service does from its start on."""
        if not self._has_begun:
            self._watch.await_all(at)
            self._has_begun = True

    def _pass_time(self, now: float) -> None:
        while (at := self._watch.next_at) <= now:
            for due in self._watch.due(at):
                self._say(due, 0, at)

    def _say(self, due: DueNotice, last_id: int, at: float) -> None:
        """A notice, at the time at which the service would have written it."""
        message = due.message.received(due.last_id or last_id, at)
        self._note_silence(message)
        self._watch.hear(message)
        self._plan.see(message)

    def _note_silence(self, message: Message) -> None:
        notice, site = message.notice, message.site
        if notice is not None and notice.kind == SILENCE:
            found = Silent(site, notice.since or 0.0, message.received_at, None, message.message)
            self._open[site] = found
            self.silences.append(found)
        elif site in self._open:
            self._open.pop(site).until = message.received_at

    def _take_calls(self, now: float) -> None:
        for call in self._plan.due(now):
            if call.at > self.since:
                for each in (self.calls, *(self.channels[channel] for channel in self._channels[call.alert])):
                    self._count(each, call)
        self._plan.unmutes.clear()

    def _count(self, counted: Calls, call: Call) -> None:
        lines = call.lines.listed
        level = worst(lines)
        site = next(line.site for line in lines if line.level == level)
        hour = datetime.fromtimestamp(call.at, self.config.site(site).timezone).hour
        counted.calls += 1
        counted.messages += sum(line.times for line in lines) + call.lines.more
        counted.at_night += hour >= NIGHT_FROM_H or hour < NIGHT_UNTIL_H
        counted.by_hour[hour] += 1


def service_of(url: str) -> str:
    """What an Apprise URL names before its secrets, such as `slack`; `?` if it is no URL."""
    service, separator, _ = url.partition("://")
    return service.lower() if separator else "?"


def rehearse(reader: Reader, config: Config, since: float, now: float) -> Rehearsal:
    """Play the log through a configuration, and tell what happens after `since`; times are in unix seconds.

    Raises Unavailable.
    """
    found = Rehearsal(config, since)
    last, end = reader.last_id_by(reader.expiry.threshold()), reader.end().id
    while last < end:
        page = reader.backlog([EVERY_SITE], last, end, PAGE)
        found.play(page)
        last = page[-1].id if len(page) == PAGE else end
    found.end(now)
    return found
