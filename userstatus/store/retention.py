"""Retention: messages older than the TTL are deleted in small batches, on a schedule."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler

from userstatus import eventloop
from userstatus.errors import Unavailable
from userstatus.store import queries
from userstatus.store.database import Database
from userstatus.store.expiry import DAY_S, Expiry

log = logging.getLogger(__name__)

BATCH = 50  # messages per transaction
PAUSE_S = 0.02  # between two batches, for other work
MAX_JUMP_S = 3600  # by which the wall clock may gain on the monotonic clock between two purges
MAX_SILENCE_S = DAY_S  # between two messages; after a longer silence, the clock is not trusted at startup
DOUBT_S = DAY_S  # during which nothing is deleted while the clock is ahead: time to set it right
AHEAD = (
    "the clock is %.1f days ahead of what was expected: nothing is deleted for %.0f hours. If it is wrong, "
    "set it meanwhile; if it is right (the service or the machine has rested), there is nothing to do"
)


class Trust:
    """Whether to trust the wall clock, judged against the monotonic clock, which nobody sets.

    A clock that is days ahead would make the purge delete messages that have not expired. `newest` is when
    the last message was received by a clock that is beyond doubt, and `since` when the first one was
    received by a doubtful clock (unix seconds). All times are in seconds.
    """

    def __init__(
        self, wall: float, monotonic: float, newest: float | None = None, since: float | None = None
    ):
        latest = wall if newest is None else min(wall, newest + MAX_SILENCE_S)
        self._offset = latest - monotonic  # between the clocks, when the wall clock was last trusted
        self._doubted: float | None = None  # when it stopped being trusted, by the monotonic clock
        self._before = 0.0 if since is None else max(0.0, wall - since)  # seconds of doubt before startup

    def is_trusted(self, wall: float, monotonic: float) -> bool:
        """False while the clock has been ahead for less than `DOUBT_S` seconds."""
        ahead = wall - monotonic - self._offset
        if ahead > MAX_JUMP_S:
            if self._doubted is None:
                self._doubted = monotonic - self._before
                log.warning(AHEAD, ahead / 86400, DOUBT_S / 3600)
            if monotonic - self._doubted < DOUBT_S:
                return False
        if self._doubted is not None:
            log.warning("what has expired by the present clock is deleted again")
        self._offset = wall - monotonic
        self._doubted, self._before = None, 0.0
        return True


class Retention:
    """Deletes expired messages at startup and then every `interval` seconds.

    While the clock is not trusted, nothing is deleted; expired messages are not served anyway.
    """

    def __init__(
        self,
        database: Database,
        expiry: Expiry,
        interval: float,
        monotonic: Callable[[], float] = time.monotonic,
    ):
        self.database = database
        self.expiry = expiry
        self.interval = interval
        self._monotonic = monotonic
        self.purged = self.errors = 0  # messages deleted, and runs that failed
        self._trust: Trust | None = None
        self._schedule = BackgroundScheduler(timezone=UTC)

    def start(self) -> None:
        """Start purging. Call it before anything is stored with the present clock."""
        with suppress(Unavailable):  # then the first run that succeeds does it
            self._trusted()
        self._schedule.start()
        eventloop.spawn(self._keep_time)

    def _keep_time(self) -> None:
        # The scheduler's own intervals follow the wall clock: set back by a week, an interval lasts a week.
        while True:
            self._schedule.add_job(
                self.run, id="purge", replace_existing=True, max_instances=1, misfire_grace_time=None
            )
            time.sleep(self.interval)

    def stop(self) -> None:
        self._schedule.shutdown(wait=False)

    def run(self) -> None:
        """The scheduled job. If the database does not respond, the next run tries again."""
        try:
            trust, now = self._trusted(), self.expiry.clock()
            # The time that was judged is the one to purge by: the clock may be set in between.
            count = self.purge(now) if trust.is_trusted(now, self._monotonic()) else 0
        except Unavailable as error:
            self.errors += 1
            log.warning("cannot purge expired messages, retrying at the next run: %s", error.reason)
        else:
            log.log(logging.INFO if count else logging.DEBUG, "purged %d expired messages", count)

    def _trusted(self) -> Trust:
        if self._trust is None:
            now = self.expiry.clock()
            with self.database.read() as connection:
                silence = _silence(connection, now)
            self._trust = Trust(now, self._monotonic(), *(silence or ()))
        return self._trust

    def purge(self, now: float) -> int:
        """Delete what has expired by `now` (unix seconds) and return how many. Raises Unavailable."""
        expired = self.expiry.threshold(now)
        total = 0
        while count := self._purge_batch(expired):
            total += count
            self.purged += count
            time.sleep(PAUSE_S)
        return total

    def _purge_batch(self, expired: float) -> int:
        # Not durable: a batch that a power failure restores is simply deleted again.
        with self.database.write(durable=False) as connection:
            if not self.database.try_lock_purge(connection):
                return 0  # another process is purging
            batch = connection.execute(queries.expired_batch(expired, BATCH)).all()
            if batch:
                connection.execute(queries.deletion([message.id for message in batch]))
                _remember(connection, batch)
        return len(batch)


def _silence(connection: sa.Connection, now: float) -> tuple[float, float] | None:
    """The two ends of a silence of more than a day that is still going on or ended within the last day.

    Later messages may have been dated by a clock that was ahead before a restart. After a day of messages
    the silence no longer matters, as a clock that is ahead for that long is trusted in any case.
    """
    end = connection.scalar(queries.first_receipt, {"since": now - DOUBT_S}) or now
    begin = connection.scalar(queries.last_receipt, {"by": end})
    return None if begin is None or end - begin <= MAX_SILENCE_S else (begin, end)


def _remember(connection: sa.Connection, batch: Sequence[Any]) -> None:
    """Raise each site's watermark to its last deleted id."""
    last: dict[str, int] = {}
    for message in batch:
        last[message.site] = max(message.id, last.get(message.site, 0))
    for row in connection.execute(queries.watermarks_of(last)).all():
        connection.execute(queries.set_watermark(row.site, max(row.last_id, last.pop(row.site))))
    if last:
        new = [{"site": site, "last_id": id} for site, id in last.items()]
        connection.execute(queries.insert_watermarks, new)
