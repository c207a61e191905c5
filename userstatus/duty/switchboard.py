"""The switchboard: passes the calls of all alerts on to the channels, each of which may fail by itself."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from userstatus import eventloop
from userstatus.durations import duration_in_short
from userstatus.duty.alert_plan import Call
from userstatus.duty.call_text import call_text
from userstatus.duty.channels import Channel, Outcome, channels
from userstatus.duty.lines import Lines
from userstatus.duty.outbox import Outbox
from userstatus.message import NewMessage
from userstatus.notice import CHANNEL, OWN_SITE, UUID_PREFIX, Notice

if TYPE_CHECKING:
    from userstatus.duty.alerting import Alerting

log = logging.getLogger(__name__)

MAX_AT_A_TIME = 8  # calls being made; each takes 50 MB of memory
MAX_WAIT_S = 600  # until one of those has ended, which takes a minute at most
SENT, FAILED = OUTCOMES = ("sent", "failed")


class Switchboard:
    """The outboxes of all channels, and the calls that are being made.

    `saved` is what `as_json` has returned, for this configuration or for another one. `is_changed` is set
    whenever there is something new to be saved.
    """

    def __init__(self, alerting: Alerting, saved: Mapping[str, Any]):
        self.config = config = alerting.config
        self.apprise = alerting.apprise
        self.outcomes = alerting.outcomes
        self.now = alerting.clock.now
        self.public_url = alerting.public_url
        self.is_changed = True
        self._channels = channels(config.alerts)
        self._outboxes = {
            channel: Outbox(channel.place, saved.get(channel.key))
            for each in self._channels
            for channel in each
        }
        self._told: list[Callable[[], None]] = []
        self._services: dict[Channel, str] = {}
        self._slots = eventloop.Slots(MAX_AT_A_TIME)
        gone = set(saved) - {channel.key for channel in self._outboxes}
        if lost := sum(len(Outbox("", saved[key])) for key in gone):
            log.warning("%d alerts waited for channels that are no longer in the configuration", lost)

    def as_json(self) -> dict[str, Any]:
        return {channel.key: outbox.as_json() for channel, outbox in self._outboxes.items()}

    def put(self, call: Call) -> None:
        """Take a call that is to be made over every channel of its alert."""
        for channel in self._channels[call.alert]:
            self._outboxes[channel].put(call.lines)
        self.is_changed = True

    def has_something_due(self) -> bool:
        """Whether there is a call to begin."""
        now = self.now()
        return any(outbox.is_due(now) for outbox in self._outboxes.values())

    def is_sending(self) -> bool:
        """Whether a call is being made."""
        return any(outbox.is_sending for outbox in self._outboxes.values())

    def send_due(self) -> None:
        """Begin every call that is due; nothing waits until it has ended."""
        for channel, outbox in self._outboxes.items():
            if outbox.is_due(self.now()):
                eventloop.spawn(self._send, channel, outbox, outbox.begin())

    def _send(self, channel: Channel, outbox: Outbox, lines: Lines) -> None:
        try:
            with self._slots.taken(MAX_WAIT_S):
                text = call_text(lines, self.config, self.public_url, self.now())
                outcome = self.apprise.send(channel, text)
        except Exception as error:  # whatever it is, the channel must be tried again
            outcome = Outcome(False, channel.scheme, type(error).__name__)
        self._services[channel] = outcome.service
        self.outcomes[SENT if outcome.sent else FAILED] += 1
        if outcome.sent:
            outbox.sent()
        else:
            outbox.failed(self.now(), outcome.why)
            log.info("%s: a call has failed%s", self._name(channel), outbox.reason)
        self.is_changed = True

    def notices(self) -> list[NewMessage]:
        """What is to be written into the log about channels; `are_written` is to be called then."""
        found, self._told = [], []
        for channel, outbox in self._outboxes.items():
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
        self.is_changed = True

    def _notice(self, channel: Channel, outbox: Outbox, level: str, what: str) -> NewMessage:
        now, since = self.now(), outbox.failing_since or 0.0
        text = f"{self._name(channel)} {what}. It has failed for {duration_in_short(now - since)}"
        uuid = f"{UUID_PREFIX}{CHANNEL}:{channel.key}:{round(since)}:{level}"
        notice = Notice(CHANNEL, since=since, why=channel.place)
        return NewMessage(OWN_SITE, text, level, math.floor(now), uuid, notice=notice)

    def _name(self, channel: Channel) -> str:
        """A channel's name without secrets, such as `alerts[1].to[2] (Slack)`."""
        return f"{channel.place} ({self._services.get(channel, channel.scheme)})"
