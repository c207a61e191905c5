"""The switchboard: passes the calls of all alerts on to the channels, each of which may fail by itself."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from userstatus import eventloop
from userstatus.durations import duration_in_short
from userstatus.duty.alert_plan import Call
from userstatus.duty.call_text import call_text
from userstatus.duty.channels import Channel, Outcome, channels, place_of
from userstatus.duty.config import Config
from userstatus.duty.lines import Lines
from userstatus.duty.outbox import Outbox
from userstatus.message import NewMessage
from userstatus.notice import CHANNEL, OWN_SITE, UUID_PREFIX, Notice

if TYPE_CHECKING:
    from userstatus.duty.alerting import Alerting

log = logging.getLogger(__name__)

MAX_AT_A_TIME = 8  # calls being made; each takes 50 MB of memory
MAX_WAIT_S = 600  # until one of those has ended, which takes a minute at most
SENT, FAILED, DROPPED = OUTCOMES = ("sent", "failed", "dropped")


class Switchboard:
    """The outboxes of all channels, and the calls that are being made.

    `saved` is what `as_json` has returned, for this configuration or for another one. `is_changed` is set
    whenever there is something new to be saved.
    """

    def __init__(self, alerting: Alerting, saved: Mapping[str, Any], left: Mapping[str, Lines]):
        self.apprise = alerting.apprise
        self.outcomes = alerting.outcomes
        self.now = now = alerting.clock.now
        self.public_url = alerting.public_url
        self._outboxes = {key: Outbox(each.get("place", ""), each, now()) for key, each in saved.items()}
        self._told: list[Callable[[], None]] = []
        self._dropped: list[NewMessage] = []  # notices of what nobody is left to be told
        self._services: dict[str, str] = {}
        self._slots = eventloop.Slots(MAX_AT_A_TIME)
        self.configure(alerting.config, left)

    def configure(self, config: Config, left: Mapping[str, Lines]) -> None:
        """Go by a configuration from now on; what is being sent, and what waits, remains so.

        `left` is what was yet to be told by alerts that are gone, by their places.
        """
        self.config = config
        self.is_changed = True
        self._of_alerts = channels(config.alerts)
        self._channels = {channel.key: channel for each in self._of_alerts for channel in each}
        before = {outbox.place: outbox for key, outbox in self._outboxes.items() if key not in self._channels}
        for key, channel in self._channels.items():
            if key in self._outboxes:
                self._outboxes[key].place = channel.place
            else:
                self._outboxes[key] = Outbox(channel.place)
                if channel.place in before:
                    self._outboxes[key].replace(before[channel.place])
        self._hand_over(left)

    def as_json(self) -> dict[str, Any]:
        return {key: outbox.as_json() for key, outbox in self._outboxes.items()}

    def put(self, call: Call) -> None:
        """Take a call that is to be made over every channel of its alert."""
        for channel in self._of_alerts[call.alert]:
            self._outboxes[channel.key].put(call.lines)
        self.is_changed = True

    def has_something_due(self) -> bool:
        """Whether there is a call to begin."""
        now = self.now()
        return any(outbox.is_due(now) for _, outbox in self._present())

    def is_sending(self) -> bool:
        """Whether a call is being made."""
        return any(outbox.is_sending for outbox in self._outboxes.values())

    def failing(self) -> int:
        """The number of channels of which the log says that they fail."""
        return sum(outbox.is_failing for _, outbox in self._present())

    def send_due(self) -> None:
        """Begin every call that is due; nothing waits until it has ended."""
        for channel, outbox in self._present():
            if outbox.is_due(self.now()):
                eventloop.spawn(self._send, channel, outbox, outbox.begin())

    def _present(self) -> Iterator[tuple[Channel, Outbox]]:
        """The channels of the configuration, with what waits for them."""
        return ((channel, self._outboxes[key]) for key, channel in self._channels.items())

    def _hand_over(self, left: Mapping[str, Lines]) -> None:
        """Let others tell what waits for channels that are gone, unless it is just being sent."""
        gone = [key for key in self._outboxes if key not in self._channels]
        nobody = dict(left)
        for key in gone:
            if not self._outboxes[key].is_sending:
                outbox = self._outboxes.pop(key)
                heirs = self._heirs(outbox.place)
                for heir in heirs:
                    self._outboxes[heir.key].inherit(outbox)
                if not heirs:
                    nobody[outbox.place] = outbox.waiting
        self._drop(nobody)

    def _heirs(self, place: str) -> list[Channel]:
        """Who tells what waited for the channel of a place: the one there now, or else those of its alert."""
        for alert, found in enumerate(self._of_alerts, 1):
            if place.startswith(f"alerts[{alert}]."):
                return [each for at, each in enumerate(found, 1) if place == place_of(alert, at)] or found
        return []

    def _drop(self, waiting: Mapping[str, Lines]) -> None:
        """Take note that nobody is left to be told what waits, by the place in the former configuration.

        Whoever does it again after a crash says the same.
        """
        waiting = {place: lines for place, lines in waiting.items() if lines}
        count = sum(map(len, waiting.values()))
        if not count:
            return
        content = json.dumps({place: lines.as_json() for place, lines in waiting.items()}, sort_keys=True)
        uuid = f"{UUID_PREFIX}{CHANNEL}:{DROPPED}:{sha256(content.encode()).hexdigest()[:16]}"
        told = "message was" if count == 1 else "messages were"
        places = ", ".join(sorted(waiting))
        text = f"{count:,} {told} not told to anybody: nobody is left to call in the place of {places}"
        now = self.now()
        notice = Notice(CHANNEL, since=now)
        self._dropped.append(NewMessage(OWN_SITE, text, "warning", math.floor(now), uuid, notice=notice))
        self.outcomes[DROPPED] += count

    def _send(self, channel: Channel, outbox: Outbox, lines: Lines) -> None:
        try:
            with self._slots.taken(MAX_WAIT_S):
                text = call_text(lines, self.config, self.public_url, self.now())
                outcome = self.apprise.send(channel, text)
        except Exception as error:  # whatever it is, the channel must be tried again
            outcome = Outcome(False, channel.scheme, type(error).__name__)
        self._services[channel.key] = outcome.service
        self.outcomes[SENT if outcome.sent else FAILED] += 1
        if outcome.sent:
            outbox.sent()
        else:
            outbox.failed(self.now(), outcome.why)
            log.info("%s: a call has failed%s", self._name(channel), outbox.reason)
        self.is_changed = True
        self._hand_over({})

    def notices(self) -> list[NewMessage]:
        """What is to be written into the log about channels; `are_written` is to be called then."""
        found: list[NewMessage] = list(self._dropped)
        self._told = [partial(self._dropped.remove, each) for each in self._dropped]
        for channel, outbox in self._present():
            if outbox.keeps_failing(self.now()):
                found.append(self._notice(channel, outbox, "warning", f"cannot be called{outbox.reason}"))
                self._told.append(outbox.failure_is_told)
            elif outbox.has_recovered:
                found.append(self._notice(channel, outbox, "info", "can be called again"))
                self._told.append(outbox.recovery_is_told)
        return found

    def are_written(self) -> None:
        """The notices are in the log."""
        for tell in self._told:
            tell()
        self._told.clear()
        self.is_changed = True

    def _notice(self, channel: Channel, outbox: Outbox, level: str, what: str) -> NewMessage:
        now, since = self.now(), outbox.failing_since or 0.0
        text = f"{self._name(channel)} {what}. It has failed for {duration_in_short(now - since)}"
        uuid = f"{UUID_PREFIX}{CHANNEL}:{channel.key}:{round(since)}:{level}"
        notice = Notice(CHANNEL, since=since, why=channel.place)
        return NewMessage(OWN_SITE, text, level, math.floor(now), uuid, notice=notice)

    def _name(self, channel: Channel) -> str:
        """A channel's name without secrets, such as `alerts[1].to[2] (Slack)`."""
        return f"{channel.place} ({self._services.get(channel.key, channel.scheme)})"
