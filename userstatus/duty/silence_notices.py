"""Writes into the log that a site is silent, that it speaks again, and that the service was down."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress

from userstatus import eventloop
from userstatus.duty.clock import Clock
from userstatus.duty.config import Config
from userstatus.duty.heartbeat import MAX_PAUSE_S, Heartbeat
from userstatus.duty.silence import DueNotice, SilenceWatch
from userstatus.errors import Unavailable
from userstatus.live.delivery import Delivery
from userstatus.message import Cursor, Message
from userstatus.store.heartbeat import HeartbeatRow
from userstatus.store.log import Log
from userstatus.store.overview import Overview

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two looks at who is silent
MAX_LAG_S = 4.0  # that a look waits until the follower has read what is in the log
POLL_S = 0.02


class SilenceNotices:
    """Hears what the follower delivers, and writes what is due. Other processes may do the same.

    However many write a notice, and whenever they are killed, it is stored once: its uuid says what it is
    about. What to write follows from the log, so that another process makes up for what one has missed.
    With `awaits_all`, configured sites that have never spoken are waited for, too.
    """

    def __init__(
        self,
        config: Config,
        stored: Log,
        delivery: Delivery,
        clock: Clock | None = None,
        awaits_all: bool = True,
    ):
        self.config = config
        self.awaits_all = awaits_all
        self.clock = clock or Clock()
        self.watch = SilenceWatch(config)
        self.heartbeat = Heartbeat(HeartbeatRow(stored.database), self.clock)
        self.journal = stored.journal
        self.reader = stored.reader
        self.follower = delivery.follower
        self.statistics = delivery.statistics

    def configure(self, config: Config) -> None:
        """Go by a configuration from now on. Others run in between, if there are many sites."""
        self.config = config
        self._configure(self.watch, eventloop.TimeSlice(), {})

    def _configure(
        self, watch: SilenceWatch, time_slice: eventloop.TimeSlice, since: Mapping[str, float]
    ) -> None:
        newest = ((each, self.clock.when(each.received_at)) for each in self.statistics.newest())
        watch.configure(self.config, newest, time_slice.maybe_yield)
        if self.awaits_all:
            watch.await_all(self.clock.now(), since)

    def load(self, end: Cursor) -> None:
        """Start over with what is in the log up to `end`, as the statistics have. Raises Unavailable."""
        overview = Overview(self.reader, end.id)
        notices, newest = list(overview.notices()), self.statistics.newest()
        heard = [*newest, *notices, *overview.answers(notices, newest)]
        fresh, time_slice = SilenceWatch(self.config), eventloop.TimeSlice()
        for message in sorted(heard, key=lambda message: message.id):
            fresh.hear(message, self.clock.when(message.received_at))
            time_slice.maybe_yield()
        since = self.heartbeat.awaited() if self.awaits_all else {}
        self._configure(fresh, time_slice, since)  # which may have changed meanwhile
        self.watch = fresh

    def hear(self, message: Message) -> None:
        """Take note of a message as it is delivered."""
        self.watch.hear(message, self.clock.now())

    def run(self) -> None:
        """Look for silence again and again, forever."""
        while True:
            try:
                with suppress(Unavailable):  # which others log; the next look makes up for it
                    self.look()
            except Exception:  # nothing else tells of silence, so it must go on after any error
                log.exception("cannot tell whether a site is silent, retrying")
            time.sleep(LOOK_S)

    def look(self) -> None:
        """Write what is due by now. Raises Unavailable."""
        if not self.watch.is_watching:
            self.heartbeat.stop()
            return
        if self.heartbeat.is_due:
            self._tell_of_pause()
            self.heartbeat.beat(self.watch.awaited())
        if self.watch.due(self.clock.now()) and self._has_heard_everything():
            for due in self.watch.due(self.clock.now()):
                self._write(due)

    def _tell_of_pause(self) -> None:
        pause = self.heartbeat.pause()
        if pause is None:
            return
        # A process that was killed before its heartbeat may have told of the first part.
        since, until = max(pause.since, self.watch.down_until), pause.until
        if until - since > MAX_PAUSE_S:
            notices = self.watch.down(since, until, self.clock.now())
            log.warning("%s", notices[0].message)
            self.journal.append(notices)

    def _has_heard_everything(self) -> bool:
        """Wait until all that is in the log by now was heard, so that no site is blamed that has spoken."""
        end, until = self.reader.end().id, time.monotonic() + MAX_LAG_S
        while self.follower.cursor.id < end and time.monotonic() < until:
            time.sleep(POLL_S)
        return self.follower.cursor.id >= end

    def _write(self, due: DueNotice) -> None:
        message = due.message._replace(timestamp=int(self.clock.wall()))
        if due.last_id is None:
            self.journal.append([message])
        else:
            self.journal.append_unless_spoken(message, due.last_id)
