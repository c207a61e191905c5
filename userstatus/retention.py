"""Retention: messages older than the TTL are deleted, in small batches, on a schedule."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from apscheduler.schedulers.background import BackgroundScheduler

from userstatus import models
from userstatus.database import Database
from userstatus.errors import Unavailable

log = logging.getLogger(__name__)

BATCH = 50  # messages in one transaction
PAUSE = 0.02  # seconds between two of them, for everybody else


class Retention:
    """Deletes what was received more than `ttl` seconds ago, at start and then every `interval` seconds."""

    def __init__(self, database: Database, ttl: float, interval: float):
        self.database = database
        self.ttl = ttl
        self._schedule = BackgroundScheduler(timezone=UTC)
        self._schedule.add_job(
            self.run,
            "interval",
            seconds=interval,
            next_run_time=datetime.now(UTC),
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        self._schedule.start()

    def stop(self) -> None:
        self._schedule.shutdown(wait=False)

    def run(self) -> None:
        """The scheduled job. A database that does not answer now will be asked again next time."""
        try:
            count = self.purge(time.time())
        except Unavailable as error:
            log.warning("expired messages stay until the next purge: %s", error.reason)
        else:
            log.log(logging.INFO if count else logging.DEBUG, "purged %d expired messages", count)

    def purge(self, now: float) -> int:
        """Delete what has expired at `now` (unix seconds) and return how many. Raises Unavailable."""
        total = 0
        while count := self._purge_batch(now - self.ttl):
            total += count
            time.sleep(PAUSE)
        return total

    def _purge_batch(self, expired: float) -> int:
        # Nobody has been told that they are gone: a batch that a power cut brings back is deleted again.
        with self.database.write(durable=False) as connection:
            if not self.database.is_sqlite and not connection.scalar(models.purge_lock):
                return 0  # another process is at it
            batch = connection.execute(models.expired_batch(expired, BATCH)).all()
            if batch:
                connection.execute(models.deletion([message.id for message in batch]))
                _remember(connection, batch)
        return len(batch)


def _remember(connection: sa.Connection, batch: Sequence[Any]) -> None:
    """Move each site's mark to the last id that is gone."""
    last: dict[str, int] = {}
    for message in batch:
        last[message.site] = max(message.id, last.get(message.site, 0))
    for site, mark in connection.execute(models.marks(last)):
        connection.execute(models.mark(site, max(mark, last.pop(site))))
    if last:
        new = [{"site": site, "last_id": mark} for site, mark in last.items()]
        connection.execute(sa.insert(models.purged), new)
