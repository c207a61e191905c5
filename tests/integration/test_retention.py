"""Messages older than the TTL are deleted, all others are kept."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg
import sqlalchemy as sa

from tests.support.databases import Postgres, at, open_journal, open_reader
from tests.support.messages import age, message
from userstatus.store import retention, tables
from userstatus.store.database import Database
from userstatus.store.expiry import Expiry
from userstatus.store.retention import Retention

HOUR_S, DAY_S = 3600, 86_400


def purged(database: Database, later: float) -> int:
    """The number of messages purged with a TTL of one day, `later` seconds from now."""
    return Retention(database, Expiry(DAY_S), 600).purge(time.time() + later)


def test_a_purge_deletes_what_has_expired_and_returns_its_count(database: Database) -> None:
    journal = open_journal(database, ttl=DAY_S)
    journal.append([message("x")] * (retention.BATCH + 1))
    assert purged(database, later=0) == 0
    assert purged(database, later=DAY_S - 60) == 0
    assert purged(database, later=DAY_S + 60) == retention.BATCH + 1
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.messages)) == 0


def test_age_counts_from_receipt_and_not_by_the_telescopes_clock(database: Database) -> None:
    journal = open_journal(database, ttl=DAY_S)
    journal.append([message("wrong clock", timestamp=0), message("from the future", timestamp=2**33)])
    assert purged(database, later=0) == 0
    assert purged(database, later=DAY_S + 60) == 2


def test_ids_are_never_reused_even_after_everything_was_purged(database: Database) -> None:
    journal = open_journal(database, ttl=DAY_S)
    journal.append([message()] * 3)
    assert purged(database, later=2 * DAY_S) == 3
    assert journal.append([message()]) == [4]


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(tables.messages)) or 0


def test_nothing_is_purged_while_another_process_is_purging(postgres: Postgres) -> None:
    url = postgres.ready()
    with closing(at(url)) as database:
        open_journal(database, ttl=DAY_S).append([message()] * 3)
        with psycopg.connect(url.replace("+psycopg", "")) as another_process:
            another_process.execute("SELECT pg_advisory_xact_lock(hashtext('userstatus.purge'))")
            assert (purged(database, later=DAY_S + 60), count(database)) == (0, 3)
        assert (purged(database, later=DAY_S + 60), count(database)) == (3, 0)


def test_a_gap_is_known_before_and_after_what_expired_is_deleted(database: Database) -> None:
    open_journal(database, ttl=HOUR_S).append([message("seen"), message("expires"), message(site="other")])
    age(database, 2 * HOUR_S, site="tst")
    open_journal(database, ttl=HOUR_S).append([message("kept")])
    reader = open_reader(database, ttl=HOUR_S)
    expected = {("tst",): True, ("*",): True, ("other",): False}
    assert {sites: reader.gap(sites, 1) for sites in expected} == expected
    assert Retention(database, Expiry(HOUR_S), 600).purge(time.time()) == 2
    assert {sites: reader.gap(sites, 1) for sites in expected} == expected
    assert not reader.gap(["tst"], 4), "nothing after it has expired"
