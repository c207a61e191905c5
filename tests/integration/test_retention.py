"""Messages older than the TTL go, all others stay."""

from __future__ import annotations

import time

import sqlalchemy as sa

from tests.support.databases import open_journal
from tests.support.messages import message
from userstatus.store import retention, tables
from userstatus.store.database import Database
from userstatus.store.expiry import Expiry
from userstatus.store.retention import Retention

DAY_S = 86_400


def purged(database: Database, later: float) -> int:
    """How many messages go after a TTL of a day, so many seconds from now."""
    return Retention(database, Expiry(DAY_S, lambda: time.time() + later), 600).purge()


def test_a_purge_deletes_what_has_expired_and_returns_its_count(database: Database) -> None:
    journal = open_journal(database, ttl=DAY_S)
    journal.append([message("x")] * (retention.BATCH + 1))
    assert purged(database, later=0) == 0
    assert purged(database, later=DAY_S - 60) == 0
    assert purged(database, later=DAY_S + 60) == retention.BATCH + 1
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.messages)) == 0


def test_age_counts_from_receipt_and_not_from_what_the_telescopes_clock_says(database: Database) -> None:
    journal = open_journal(database, ttl=DAY_S)
    journal.append([message("wrong clock", timestamp=0), message("from the future", timestamp=2**33)])
    assert purged(database, later=0) == 0
    assert purged(database, later=DAY_S + 60) == 2


def test_ids_are_never_given_out_twice_even_when_everything_was_purged(database: Database) -> None:
    journal = open_journal(database, ttl=DAY_S)
    journal.append([message()] * 3)
    assert purged(database, later=2 * DAY_S) == 3
    assert journal.append([message()]) == [4]
