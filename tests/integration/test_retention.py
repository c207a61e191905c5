"""Messages older than the TTL go, all others stay."""

from __future__ import annotations

import time

import sqlalchemy as sa

from tests.support.messages import message
from userstatus import models, retention
from userstatus.database import Database
from userstatus.journal import Journal
from userstatus.retention import Retention

DAY = 86_400


def test_a_purge_deletes_what_has_expired_and_returns_its_count(database: Database) -> None:
    journal = Journal(database, ttl=DAY)
    journal.append([message("x")] * (retention.BATCH + 1))
    purge = Retention(database, ttl=DAY, interval=600).purge
    now = time.time()
    assert purge(now) == 0
    assert purge(now + DAY - 60) == 0
    assert purge(now + DAY + 60) == retention.BATCH + 1
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(models.messages)) == 0


def test_age_counts_from_receipt_and_not_from_what_the_telescopes_clock_says(database: Database) -> None:
    journal = Journal(database, ttl=DAY)
    journal.append([message("wrong clock", timestamp=0), message("from the future", timestamp=2**33)])
    purge = Retention(database, ttl=DAY, interval=600).purge
    assert purge(time.time()) == 0
    assert purge(time.time() + DAY + 60) == 2


def test_ids_are_never_given_out_twice_even_when_everything_was_purged(database: Database) -> None:
    journal = Journal(database, ttl=DAY)
    journal.append([message()] * 3)
    Retention(database, ttl=DAY, interval=600).purge(time.time() + 2 * DAY)
    assert journal.append([message()]) == [4]
