"""On Postgres, a message is on the server's disk before its 200, whatever the default for commits is."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
import requests
import sqlalchemy as sa
from psycopg import sql

from tests.support.databases import Postgres, at, open_journal
from tests.support.messages import message
from tests.support.service import running, wait_until

# What holds at the commit, when a deferred trigger is executed.
OBSERVE = """
CREATE TABLE observed (message text, setting text);
CREATE FUNCTION observe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO observed VALUES (NEW.message, current_setting('synchronous_commit')); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER observe AFTER INSERT ON messages DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION observe();
"""


def observing(postgres: Postgres, default: str) -> str:
    """The URL of a database with this default, which notes how each message is committed."""
    url = postgres.ready()
    database = sql.Identifier(str(sa.make_url(url).database))
    with psycopg.connect(url) as connection:
        connection.execute(OBSERVE)
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET synchronous_commit TO {}").format(database, default)
        )
    return url


def observed(url: str) -> list[tuple[str, str]]:
    """How each message was committed, but for those of /healthz, which are deleted at once."""
    select = "SELECT message, setting FROM observed WHERE message <> '' ORDER BY message"
    with psycopg.connect(url) as connection:
        return list(connection.execute(select))


def test_what_is_posted_is_committed_to_disk_where_the_default_is_off(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = observing(postgres, "off")
    with running(url, tmp_path) as service:
        assert service.post(site="tst", log_message="one", uuid="one").ok
        array = [{"site": "tst", "log_message": text, "uuid": text} for text in ("one", "two", "three")]
        assert requests.post(f"{service.url}/newlog", json.dumps(array), timeout=20).ok
    assert observed(url) == [("one", "on"), ("three", "on"), ("two", "on")]


@pytest.mark.parametrize(("default", "expected"), [("local", "on"), ("remote_apply", "remote_apply")])
def test_a_default_that_does_more_is_kept_and_one_that_does_less_is_not(
    postgres: Postgres, default: str, expected: str
) -> None:
    url = observing(postgres, default)
    with closing(at(url)) as database:
        journal = open_journal(database, 3600)
        journal.append([message("a")])
        assert journal.append_unless_spoken(message("b"), last_id=1)
        with database.write() as connection:
            assert connection.scalar(sa.text("SHOW synchronous_commit")) == expected
        with database.write(durable=False) as connection:
            assert connection.scalar(sa.text("SHOW synchronous_commit")) == "off"
    assert observed(url) == [("a", expected), ("b", expected)]


def test_a_server_that_does_not_flush_is_a_warning(postgres: Postgres) -> None:
    with closing(at(postgres.ready())) as database:
        assert database.caveat() is None
        try:
            configure(postgres, "ALTER SYSTEM SET fsync TO off")
            expected = "a power cut may destroy the database: turn on fsync in the configuration of Postgres"
            wait_until(lambda: database.caveat() == expected, "it is told")
        finally:
            configure(postgres, "ALTER SYSTEM RESET fsync")


def configure(postgres: Postgres, statement: LiteralString) -> None:
    with psycopg.connect(postgres.admin_url, autocommit=True) as connection:
        connection.execute(statement)
        connection.execute("SELECT pg_reload_conf()")


def test_nothing_is_confirmed_while_a_replica_does_not_answer(own_postgres: Postgres, tmp_path: Path) -> None:
    with running(own_postgres.ready(), tmp_path) as service:
        assert service.post(site="tst", log_message="before").ok
        configure(own_postgres, "ALTER SYSTEM SET synchronous_standby_names TO nobody")
        body = json.dumps({"site": "tst", "log_message": "only here"})
        assert requests.post(f"{service.url}/newlog", body, timeout=20).status_code == 503
