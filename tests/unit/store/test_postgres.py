"""What only Postgres does, as far as it needs no server: names, deadlines, and what is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.support.databases import at
from userstatus import eventloop
from userstatus.errors import Busy, StartError, Unavailable, Unconfirmed
from userstatus.store.postgres import OneLine, Postgres, bounded

URL = "postgres://user:secret@host/db"


def postgres(stage: str = "prod") -> Postgres:
    found = at(URL, stage)
    assert isinstance(found, Postgres)
    return found


def test_what_the_pool_says_of_a_broken_connection_is_one_line() -> None:
    error = ValueError("first\nsecond")
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "broken", (), (ValueError, error, None))
    assert OneLine().filter(record)
    assert (record.getMessage(), record.exc_info) == ("broken: first", None)


class Losing:
    """An engine whose connections break at the commit."""

    @contextmanager
    def connect(self) -> Iterator[Any]:
        yield self

    @contextmanager
    def begin(self) -> Iterator[None]:
        yield
        raise sa.exc.OperationalError("COMMIT", None, ValueError("the server has gone"))


def test_a_commit_that_is_not_confirmed_is_not_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    database = postgres()
    monkeypatch.setattr(database, "engine", Losing())
    with pytest.raises(Unconfirmed) as unconfirmed, database.append():
        pass
    assert unconfirmed.value.reason == "the commit had begun: the server has gone"
    with pytest.raises(Unavailable) as failed, database.append():
        raise sa.exc.OperationalError("INSERT", None, ValueError("read-only"))
    assert (type(failed.value), failed.value.reason) == (Unavailable, "read-only")


def test_whatever_waits_for_too_long_is_cancelled() -> None:
    with pytest.raises(Unavailable) as caught, bounded(0.01):
        eventloop.Event().wait()
    assert caught.value.reason == "no answer within 0.01 s"


def test_the_tables_of_dev_are_in_its_schema_on_every_connection() -> None:
    dev = postgres("dev")
    for engine in (dev.engine, dev._autocommit):
        assert engine.get_execution_options()["schema_translate_map"] == {None: "dev"}
    assert "schema_translate_map" not in postgres().engine.get_execution_options()


def test_stages_neither_wake_each_other_up_nor_keep_each_other_from_purging() -> None:
    class Connection:
        def __init__(self) -> None:
            self.executed: list[Any] = []

        def execute(self, statement: Any) -> None:
            self.executed.append(statement)

        scalar = execute

    said = []
    for stage in ("prod", "dev"):
        connection: Any = Connection()
        database = postgres(stage)
        database.notify(connection)
        database.try_lock_purge(connection)
        said.append([each.compile().params for each in connection.executed])
    prod, dev = ([name for each in one for name in each.values() if name] for one in said)
    assert (prod, dev) == (["userstatus", "userstatus.purge"], ["userstatus_dev", "userstatus_dev.purge"])


class Listener:
    """A connection that is notified by these processes of the server, and then lost for good."""

    def __init__(self, *pids: int):
        self.pids = pids

    def execute(self, _statement: str) -> None:
        pass

    def notifies(self) -> Iterator[psycopg.Notify]:
        for pid in self.pids:
            yield psycopg.Notify("userstatus", "", pid)
        raise KeyboardInterrupt

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("sender", "wake_ups"), [(7, 1), (8, 2)], ids=["itself", "another process"])
def test_nobody_is_woken_up_by_what_this_process_has_appended_itself(
    monkeypatch: pytest.MonkeyPatch, sender: int, wake_ups: int
) -> None:
    database, woken = postgres(), []
    database._appender.process = 7
    monkeypatch.setattr(database, "_listener", lambda: Listener(sender))
    wake_up: Any = Event()
    monkeypatch.setattr(wake_up, "set", lambda: woken.append(1))
    with pytest.raises(KeyboardInterrupt):
        database.run(wake_up)
    assert len(woken) == wake_ups, "once when it begins to listen"


def test_a_schema_that_is_not_up_to_date_fails_startup_with_the_command_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = postgres()
    monkeypatch.setattr(database, "is_up_to_date", lambda: False)
    with pytest.raises(StartError, match="run: python -m userstatus migrate") as caught:
        database.prepare()
    assert "secret" not in str(caught.value)
    monkeypatch.setattr(database, "is_up_to_date", lambda: True)
    database.prepare()


def test_a_stage_beside_prod_reads_at_length_once_at_a_time_as_it_has_few_connections() -> None:
    dev, prod = postgres("dev"), postgres()
    with dev._reads.taken(1), pytest.raises(Busy), dev._reads.taken(0.01):
        pass
    with prod._reads.taken(1), prod._reads.taken(0.01):
        pass
