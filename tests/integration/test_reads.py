"""Reads do not block other clients, however long the log is, and return exactly the matching messages."""

from __future__ import annotations

import gc
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from tests.support.databases import Postgres, at, open_journal, open_reader
from tests.support.filled import filled
from tests.support.messages import message
from userstatus.errors import Busy, Unavailable
from userstatus.message import Cursor, Message
from userstatus.store.database import MAX_LONG_READS, Database
from userstatus.store.expiry import DAY_S
from userstatus.store.journal import Journal
from userstatus.store.reader import PAGE, Query
from userstatus.web import parameters
from userstatus.web.parameters import read_query

MANY = 100_000
SITES = ",".join(f"site{number}" for number in range(1, 20))


def asked(**parameters: str) -> Query:
    return read_query(parameters, now=time.time())


@contextmanager
def statements(database: Database, elsewhere: bool = False) -> Iterator[list[str]]:
    """All statements executed meanwhile, or only those executed in another thread."""
    here, seen = threading.get_native_id(), list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not elsewhere or threading.get_native_id() != here:
            seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A hundred thousand messages of twenty sites, none of them critical."""
    path = tmp_path_factory.mktemp("log") / "long.db"
    database = at(filled(path, MANY, sites=20, levels=("debug", "info", "warning", "error")))
    yield database
    database.close()


def yields_to_others(work: Callable[[], object]) -> int:
    """How often other greenlets run while the work is done."""
    yields = 0

    def count_yields() -> None:
        nonlocal yields
        while True:
            yields += 1
            eventlet.sleep(0.001)

    others = eventlet.spawn(count_yields)
    eventlet.sleep(0)
    try:
        work()
    finally:
        others.kill()
    return yields


@pytest.mark.parametrize(
    "parameters",
    [
        {"site": "*", "log_level": "critical", "before_id": "99999"},
        {"site": "*", "log_level": "critical", "after_time": "0"},
        {"site": SITES, "after_id": "0"},
        {"site": SITES, "log_level": "critical"},
        {"site": ",".join(f"none{number}" for number in range(100)), "after_id": "0"},
    ],
)
def test_others_run_while_the_log_is_searched(long_log: Database, parameters: dict[str, str]) -> None:
    journal = open_journal(long_log, ttl=30 * DAY_S)
    assert yields_to_others(lambda: journal.reader.recent(asked(**parameters))) > 2


def test_others_run_while_a_viewer_with_an_old_cursor_resumes(long_log: Database) -> None:
    with statements(long_log, elsewhere=True) as threads:
        open_journal(long_log, ttl=1).reader.gap(["site1", "none"], 5)
        open_journal(long_log, ttl=30 * DAY_S).reader.backlog(["site1", "none"], 5, MANY, 500)
    assert sum("FROM messages" in statement for statement in threads) == 2, (
        "neither is read where everybody else works"
    )


@pytest.mark.timeout(10)
def test_all_pages_of_a_response_share_one_deadline_that_includes_waiting(
    long_log: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("userstatus.store.reader.MAX_RESPONSE_READ_S", 0.1)
    with ExitStack() as others:
        for _ in range(MAX_LONG_READS):
            others.enter_context(long_log._reads.taken(1))
        with pytest.raises(Busy):
            open_journal(long_log, ttl=30 * DAY_S).reader.recent(asked(site="*", after_id="0"))


def test_reading_leaves_no_garbage(long_log: Database) -> None:
    """Otherwise Python's collector would scan all objects again and again, while everything else waits."""
    journal = open_journal(long_log, ttl=30 * DAY_S)
    journal.reader.recent(asked(site="*", after_id="0"))
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        journal.reader.recent(asked(site="*", after_id="0"))
        assert len(gc.get_objects()) - before < parameters.MAX_ROWS
    finally:
        gc.enable()


def test_a_read_that_takes_too_long_is_cancelled_in_postgres_as_well(postgres: Postgres) -> None:
    database = at(postgres.ready())
    with pytest.raises(Unavailable) as broken_off:
        database.fetch(sa.text("SELECT pg_sleep(60)"), patience=0.2)
    assert "statement timeout" in broken_off.value.reason
    with database.read() as connection:
        asleep = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND state = 'active'"
        )
        assert connection.scalar(sa.text(f"{asleep} AND pid <> pg_backend_pid()")) == 0
    database.close()


def test_a_read_that_takes_too_long_is_cancelled_and_others_can_read(long_log: Database) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Unavailable, match="the database does not answer"):
        long_log.fetch(sa.text(endless), patience=0.05)
    for _ in range(2 * MAX_LONG_READS):
        assert long_log.fetch(sa.text("SELECT 1")) == [(1,)]


def test_a_stop_waits_for_no_reader(tmp_path: Path) -> None:
    database = at(filled(tmp_path / "x.db", 0))
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    reading = eventlet.spawn(database.fetch, sa.text(endless))
    eventlet.sleep(0.01)
    database.close()
    with pytest.raises(Unavailable):
        reading.wait()


@pytest.fixture
def mixed(database: Database) -> tuple[Journal, list[Message]]:
    """A log of sites, levels and times in random order, longer than several pages, all of it in memory."""
    journal = open_journal(database, ttl=7 * DAY_S)
    dice, now = random.Random(7), int(time.time())
    for start in range(0, 3 * PAGE, 100):
        journal.append(
            [
                message(
                    str(start + number),
                    site=dice.choice("aaaaabbbcd"),
                    log_level=dice.choice(("info", "info", "info", "error", "debug")),
                    timestamp=now - dice.randrange(500),
                )
                for number in range(100)
            ]
        )
    return open_journal(database, ttl=7 * DAY_S), list(journal.reader.after(Cursor(0), 10**6))


def expected(stored: list[Message], query: Query) -> tuple[list[int], bool]:
    """The expected result, found by scanning all messages."""
    found = [
        each for each in stored if query.admits(each) and ("*" in query.sites or each.site in query.sites)
    ]
    if not query.by_id:
        found.sort(key=lambda each: (each.timestamp, each.id))
    some = found[: query.limit] if query.oldest else found[-query.limit :]
    return [each.id for each in sorted(some, key=lambda each: (each.timestamp, each.id))], (
        len(found) > query.limit
    )


MIXED = ",".join(["a", "b", "d", *(f"none{number}" for number in range(60))])


def test_exactly_the_matching_messages_are_read(mixed: tuple[Journal, list[Message]], full: bool) -> None:
    journal, stored = mixed
    now, last = int(time.time()), len(stored)
    receipts = [repr(each.received_at) for each in stored]
    ranges: list[dict[str, str]] = [
        {},
        {"after_time": str(now - 100)},
        {"after_id": "0"},
        {"after_id": str(last - 400)},
        {"after_id": str(last - 30)},
        {"after_id": str(last - 300), "after_time": str(now - 200)},
        {"before_id": str(last - 99)},
        {"before_id": "2"},
        {"after_id": "100", "before_id": "420"},
        {"after_id": str(last)},
        {"after_id": str(last - 30), "order": "oldest"},
        {"after_time": str(now - 100), "order": "oldest"},
        {"received_after": receipts[400]},
        {"received_after": receipts[-150], "order": "oldest"},
        {"received_before": receipts[400], "after_id": "100"},
        {"received_before": receipts[200], "before_id": "150", "order": "oldest"},
        {"received_after": receipts[100], "received_before": receipts[600], "after_time": str(now - 200)},
        {"received_after": str(now + 3600)},
    ]
    sites, levels = ("*", "a", "c", "a,c,none", MIXED), ("", "error", "debug,error")
    every = itertools.product(sites, levels, ("1", "260", "5000"), ranges)
    # Every seventh of them: each of the sites still meets each of the ranges.
    for site, level, limit, each in itertools.islice(every, 0, None, 1 if full else 7):
        query = asked(site=site, log_level=level, limit=limit, **each)
        found, truncated = journal.reader.recent(query)
        assert ([one.id for one in found], truncated) == expected(stored, query), query


def test_messages_that_arrive_during_a_read_are_not_in_its_result(
    mixed: tuple[Journal, list[Message]],
) -> None:
    journal, _ = mixed
    up_to_id = journal.reader.end().id
    journal.append([message("later", site="a", timestamp=int(time.time()) - 600)])
    for more in ({}, {"after_id": "0"}, {"after_id": str(up_to_id - 1)}):
        found, _ = journal.reader.recent(asked(site="*", **more), up_to_id)
        assert max(each.id for each in found) == up_to_id


@pytest.mark.parametrize("limit", ["1", "3", "249", "250", "5000"])
def test_messages_stored_during_a_read_displace_none_of_its_result(database: Database, limit: str) -> None:
    journal = open_journal(database, ttl=7 * DAY_S)
    for number in range(10):
        journal.append([message(str(number))])
    found, truncated = open_reader(database, ttl=7 * DAY_S).recent(asked(site="tst", limit=limit), up_to_id=3)
    assert ([each.id for each in found], truncated) == ([1, 2, 3][-int(limit) :], limit == "1")


def test_a_client_that_is_nearly_up_to_date_is_served_from_memory(database: Database) -> None:
    journal = open_journal(database, ttl=7 * DAY_S)
    journal.append([message(str(number), site="ab"[number % 2]) for number in range(20)])
    with statements(database) as seen:
        found, _ = journal.reader.recent(asked(site="a,b", after_id="15", limit="3"), up_to_id=20)
        assert [each.id for each in found] == [18, 19, 20]
        assert journal.reader.recent(asked(site="a", after_id="15", log_level="error"), up_to_id=20) == (
            [],
            False,
        )
        assert journal.reader.recent(asked(site="*", after_id="20"), up_to_id=20) == ([], False)
        assert not journal.reader.gap(["a"], 3)
        assert not journal.reader.gap(["*"], 20)
    assert seen == []


def test_memory_holds_what_another_process_appends_as_well(database: Database) -> None:
    here, there = (open_journal(database, ttl=7 * DAY_S) for _ in range(2))
    cursor = Cursor(0)
    for number in range(4):
        (here if number % 2 else there).append([message(str(number))])
        if number % 3:
            cursor = here.reader.after(cursor, 500)[-1].cursor  # as the follower does from time to time
    here.reader.after(cursor, 500)
    with statements(database) as seen:
        assert [each.id for each in here.reader.backlog(["*"], 1, 4, 10)] == [2, 3, 4]
    assert seen == []
