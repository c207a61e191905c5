"""A shift: what the process whose turn it is knows while it sends alerts."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from userstatus import eventloop
from userstatus.duty.alert_plan import AlertPlan
from userstatus.duty.config import Config
from userstatus.duty.renaming import left_over, renamed
from userstatus.duty.switchboard import Switchboard
from userstatus.message import EVERY_SITE, Cursor
from userstatus.notice import MUTE, UNMUTE
from userstatus.store.alerts import AlertsRow
from userstatus.store.overview import Overview

if TYPE_CHECKING:
    from userstatus.duty.alerting import Alerting

log = logging.getLogger(__name__)

PAGE = 500  # messages read at a time
SAVE_S = 10.0  # between two saves of how far the log was read, if there is nothing else to save


class Shift:
    """The plan, the channels and the position in the log, as they were saved by whoever did it before.

    Without anything saved, it begins at the end of the log: nobody is called about history.
    """

    def __init__(self, alerting: Alerting, row: AlertsRow, saved: Mapping[str, Any] | None):
        """Raises Unavailable."""
        self.config = alerting.config
        self.clock = alerting.clock
        self.follower = alerting.follower
        self.reader = alerting.stored.reader
        self.journal = alerting.stored.journal
        self.row = row
        found = saved or {}
        try:
            plan = renamed(found.get("plan", {}), self.config)
            self.plan = AlertPlan(self.config, plan)
            self.switchboard = Switchboard(alerting, found.get("channels", {}), left_over(plan, self.config))
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            log.warning("what another version has saved of the alerts is ignored: %r", error)
            self.plan, self.switchboard = AlertPlan(self.config), Switchboard(alerting, {}, {})
        self._generation = self.follower.generation
        self._cursor = self.follower.cursor
        if saved is None:
            self._learn_mutes()
        else:
            self._cursor = Cursor.parse(str(saved.get("cursor"))) or self._cursor
            self._locate()
        self.clock.heard(self.follower.cursor.received_at or 0.0)
        self.plan.set_back(self.clock.now())
        self._saved: tuple[Cursor | None, float] = (None, time.monotonic())

    def as_json(self) -> dict[str, Any]:
        """All that is to be saved."""
        return {
            "cursor": str(self._cursor),
            "plan": self.plan.as_json(),
            "channels": self.switchboard.as_json(),
        }

    def configure(self, config: Config) -> None:
        """Go by a configuration from now on."""
        before, self.config = self.plan, config
        plan = renamed(before.as_json(), config)
        self.plan = AlertPlan(config, plan)
        self.plan.unmutes = before.unmutes
        self.switchboard.configure(config, left_over(plan, config))

    def end(self) -> None:
        """Say what nobody is left to be told, and let the next shift begin at the end of the log.

        Raises Unavailable.
        """
        self._write_notices()
        self.row.forget()

    def look(self) -> None:
        """Read what is new, and make the calls that are due. Raises Unavailable."""
        if self._generation != self.follower.generation:
            self._generation = self.follower.generation
            self._locate()
        self._read_on()
        self._write_notices()
        cursor, at = self._saved
        is_old = cursor != self._cursor and time.monotonic() - at > SAVE_S
        if self.switchboard.is_changed or is_old:
            self.save()
        if self.switchboard.has_something_due():
            self.row.check()
            self.switchboard.send_due()

    def save(self) -> None:
        """Save everything, if it is still this process's turn. Raises Unavailable."""
        self.switchboard.is_changed = False
        state, self._saved = self.as_json(), (self._cursor, time.monotonic())
        self.row.save(state)

    def _learn_mutes(self) -> None:
        """Take note of who is muted already."""
        for message in Overview(self.reader, self._cursor.id).notices():
            kind, until = (message.notice.kind, message.notice.until) if message.notice else ("", None)
            if kind == UNMUTE or (kind == MUTE and (until or 0) > self.clock.now()):
                self.plan.see(message)

    def _locate(self) -> None:
        """Find the position in a log that may be another one by now."""
        id, replaced = self.reader.locate(self._cursor)
        if replaced:
            self._cursor = Cursor(id)

    def _read_on(self) -> None:
        """Read as far as the follower has, so that nobody is called about what nobody can see yet."""
        end, time_slice = self.follower.cursor, eventloop.TimeSlice()
        while self._cursor.id < end.id:
            page = self.reader.backlog([EVERY_SITE], self._cursor.id, end.id, PAGE)
            for message in page:
                self.clock.heard(message.received_at)
                self.plan.see(message)
                time_slice.maybe_yield()
            self._cursor = page[-1].cursor if len(page) == PAGE else end
        for call in self.plan.due(self.clock.now()):
            self.switchboard.put(call)

    def _write_notices(self) -> None:
        """Write what is to be said in the log; whoever does it again after a crash writes the same."""
        about_channels = self.switchboard.notices()
        notices = [*self.plan.unmutes, *about_channels]
        if not notices:
            return
        self.journal.append(notices)
        self.plan.unmutes.clear()
        self.switchboard.are_written()
