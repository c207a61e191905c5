"""Messages older than the TTL go, all others stay."""

from __future__ import annotations

import time
from contextlib import closing

import psycopg
import sqlalchemy as sa

from tests.support.databases import Postgres, at
from tests.support.messages import age, message
from userstatus import models, retention
from userstatus.database import Database
from userstatus.journal import Journal
from userstatus.reader import Reader
from userstatus.retention import Retention

HOUR, DAY = 3600, 86_400


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


def count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(models.messages)) or 0


def test_nothing_is_purged_while_another_process_is_at_it(postgres: Postgres) -> None:
    url = postgres.ready()
    with closing(at(url)) as database:
        Journal(database, ttl=DAY).append([message()] * 3)
        purge, later = Retention(database, ttl=DAY, interval=600).purge, time.time() + DAY + 60
        with psycopg.connect(url.replace("+psycopg", "")) as another_process:
            another_process.execute("SELECT pg_advisory_xact_lock(hashtext('userstatus.purge'))")
            assert (purge(later), count(database)) == (0, 3)
        assert (purge(later), count(database)) == (3, 0)


def test_a_gap_is_known_before_and_after_what_expired_is_deleted(database: Database) -> None:
    Journal(database, ttl=HOUR).append([message("seen"), message("expires"), message(site="other")])
    age(database, 2 * HOUR, site="tst")
    Journal(database, ttl=HOUR).append([message("kept")])
    reader = Reader(database, ttl=HOUR)
    expected = {("tst",): True, ("*",): True, ("other",): False}
    assert {sites: reader.gap(sites, 1) for sites in expected} == expected
    assert Retention(database, ttl=HOUR, interval=600).purge(time.time()) == 2
    assert {sites: reader.gap(sites, 1) for sites in expected} == expected
    assert not reader.gap(["tst"], 4), "nothing after it has expired"
