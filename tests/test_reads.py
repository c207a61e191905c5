"""Readers hold up nobody, however long the log is, and get exactly what they ask for."""

from __future__ import annotations

import gc
import itertools
import json
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import eventlet
import pytest
import requests
import sqlalchemy as sa

from bench.table import filled
from tests.conftest import Postgres, at
from tests.service import Service, running, wait_until
from tests.test_journal import message
from userstatus import green, parameters
from userstatus.cursor import Cursor
from userstatus.database import LONG_READS, Database
from userstatus.errors import Busy, Unavailable
from userstatus.journal import Journal
from userstatus.overview import Overview
from userstatus.parameters import Query, read_query
from userstatus.reader import PAGE, Reader
from userstatus.wire import DAY, Stored

MANY = 100_000
SITES = ",".join(f"site{number}" for number in range(1, 20))


def asked(**parameters: str) -> Query:
    return read_query(parameters, now=time.time())


@contextmanager
def statements(database: Database, elsewhere: bool = False) -> Iterator[list[str]]:
    """All that the database is asked to do meanwhile, or only what of it is done in another thread."""
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


def turns_of_others(work: Callable[[], object]) -> int:
    """How often everybody else's turn comes while that is done."""
    turns = 0

    def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            eventlet.sleep(0.001)

    others = eventlet.spawn(take_turns)
    eventlet.sleep(0)
    try:
        work()
    finally:
        others.kill()
    return turns


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
def test_everybody_else_goes_on_while_the_log_is_searched(
    long_log: Database, parameters: dict[str, str]
) -> None:
    journal = Journal(long_log, ttl=30 * DAY)
    assert turns_of_others(lambda: journal.reader.recent(asked(**parameters))) > 2


def test_everybody_else_goes_on_while_somebody_with_an_old_cursor_comes_back(long_log: Database) -> None:
    with statements(long_log, elsewhere=True) as threads:
        Journal(long_log, ttl=1).reader.gap(["site1", "none"], 5)
        Journal(long_log, ttl=30 * DAY).reader.backlog(["site1", "none"], 5, MANY, 500)
    assert sum("FROM messages" in statement for statement in threads) == 2, (
        "neither is read where everybody else works"
    )


@pytest.mark.timeout(10)
def test_all_pages_of_an_answer_have_one_bound_with_the_waits_for_ones_turn(
    long_log: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("userstatus.reader.LONGEST_READ", 0.1)
    with ExitStack() as others:
        for _ in range(LONG_READS):
            others.enter_context(long_log._turns.taken(1))
        with pytest.raises(Busy):
            Journal(long_log, ttl=30 * DAY).reader.recent(asked(site="*", after_id="0"))


def test_reading_leaves_no_garbage(long_log: Database) -> None:
    """Or Python looks for it, again and again, in all there is, and everything stands still meanwhile."""
    journal = Journal(long_log, ttl=30 * DAY)
    journal.reader.recent(asked(site="*", after_id="0"))
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        journal.reader.recent(asked(site="*", after_id="0"))
        assert len(gc.get_objects()) - before < parameters.MAX_ROWS
    finally:
        gc.enable()


def test_what_takes_too_long_is_broken_off_in_postgres_as_well(postgres: Postgres) -> None:
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


def test_what_takes_too_long_is_broken_off_and_others_can_read(long_log: Database) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(Unavailable, match="the database does not answer"):
        long_log.fetch(sa.text(endless), patience=0.05)
    for _ in range(2 * LONG_READS):
        assert long_log.fetch(sa.text("SELECT 1")) == [(1,)]


def test_a_stop_waits_for_no_reader(tmp_path: Path) -> None:
    database = at(filled(tmp_path / "x.db", 0))
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    reading = eventlet.spawn(database.fetch, sa.text(endless))
    eventlet.sleep(0.01)
    database.close()
    with pytest.raises(Unavailable):
        reading.wait()


def test_who_does_not_get_its_turn_is_told_when_to_try_again() -> None:
    turns = green.Turns(1)
    with turns.taken(1), pytest.raises(Busy) as busy, turns.taken(0.01):
        pass
    assert (busy.value.status, busy.value.retry_after) == (503, 5)
    assert busy.value.error == "too many others are reading long answers: try again"
    with turns.taken(0.01):
        pass


@pytest.fixture
def mixed(database: Database) -> tuple[Journal, list[Stored]]:
    """A log of sites, levels and times in no order, longer than several pages, and all of it in memory."""
    journal = Journal(database, ttl=7 * DAY)
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
    return Journal(database, ttl=7 * DAY), list(journal.reader.after(Cursor(0), 10**6))


def expected(stored: list[Stored], query: Query) -> tuple[list[int], bool]:
    """The same by going through all there is."""
    found = [
        each for each in stored if query.admits(each) and ("*" in query.sites or each.site in query.sites)
    ]
    if not query.by_id:
        found.sort(key=lambda each: (each.timestamp, each.id))
    newest = sorted(found[-query.limit :], key=lambda each: (each.timestamp, each.id))
    return [each.id for each in newest], len(found) > query.limit


MIXED = ",".join(["a", "b", "d", *(f"none{number}" for number in range(60))])


def test_exactly_what_was_asked_for_is_read(mixed: tuple[Journal, list[Stored]]) -> None:
    journal, stored = mixed
    now, last = int(time.time()), len(stored)
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
    ]
    for site, level, limit in itertools.product(
        ("*", "a", "c", "a,c,none", MIXED), ("", "error", "debug,error"), ("1", "260", "5000")
    ):
        for each in ranges:
            query = asked(site=site, log_level=level, limit=limit, **each)
            found, truncated = journal.reader.recent(query)
            assert ([one.id for one in found], truncated) == expected(stored, query), query


def test_what_comes_while_an_answer_is_read_is_not_in_it(mixed: tuple[Journal, list[Stored]]) -> None:
    journal, _ = mixed
    through = journal.reader.end().id
    journal.append([message("later", site="a", timestamp=int(time.time()) - 600)])
    for more in ({}, {"after_id": "0"}, {"after_id": str(through - 1)}):
        found, _ = journal.reader.recent(asked(site="*", **more), through)
        assert max(each.id for each in found) == through


@pytest.mark.parametrize("limit", ["1", "3", "249", "250", "5000"])
def test_what_is_stored_meanwhile_takes_nobodys_place_in_an_answer(database: Database, limit: str) -> None:
    journal = Journal(database, ttl=7 * DAY)
    for number in range(10):
        journal.append([message(str(number))])
    found, truncated = Reader(database, ttl=7 * DAY).recent(asked(site="tst", limit=limit), through=3)
    assert ([each.id for each in found], truncated) == ([1, 2, 3][-int(limit) :], limit == "1")


def test_who_is_nearly_level_with_the_log_is_answered_from_memory(database: Database) -> None:
    journal = Journal(database, ttl=7 * DAY)
    journal.append([message(str(number), site="ab"[number % 2]) for number in range(20)])
    with statements(database) as seen:
        found, _ = journal.reader.recent(asked(site="a,b", after_id="15", limit="3"), through=20)
        assert [each.id for each in found] == [18, 19, 20]
        assert journal.reader.recent(asked(site="a", after_id="15", log_level="error"), through=20) == (
            [],
            False,
        )
        assert journal.reader.recent(asked(site="*", after_id="20"), through=20) == ([], False)
        assert not journal.reader.gap(["a"], 3)
        assert not journal.reader.gap(["*"], 20)
    assert seen == []


def test_memory_holds_what_another_process_appends_as_well(database: Database) -> None:
    here, there = (Journal(database, ttl=7 * DAY) for _ in range(2))
    cursor = Cursor(0)
    for number in range(4):
        (here if number % 2 else there).append([message(str(number))])
        if number % 3:
            cursor = here.reader.after(cursor, 500)[-1].cursor  # as the follower does, now and then
    here.reader.after(cursor, 500)
    with statements(database) as seen:
        assert [each.id for each in here.reader.backlog(["*"], 1, 4, 10)] == [2, 3, 4]
    assert seen == []


LISTED = """
import sys
from userstatus import green
green.patch()
import sqlalchemy as sa
from sqlalchemy.engine import Engine
@sa.event.listens_for(Engine, "before_cursor_execute")
def note(connection, cursor, statement, *_):
    if "FROM messages" in statement:
        print("QUERY", " ".join(statement.split()), file=sys.stderr, flush=True)
from userstatus.server import main
sys.exit(main())
"""


def ask(service: Service, **parameters: Any) -> requests.Response:
    answer = requests.get(f"{service.url}/recent-logs", parameters, timeout=40)
    answer.raise_for_status()
    return answer


def test_a_poll_asks_the_log_no_more_than_once_and_only_what_it_asks_for_wakes_it(
    database_url: str, tmp_path: Path
) -> None:
    with running(database_url, tmp_path, sys.executable, "-c", LISTED) as service:
        since = int(time.time()) - 60
        service.post(site="tst", log_message="first")
        answers: list[Any] = []
        waiting = [
            {"site": "*", "log_level": "critical", "after_id": 1},
            {"site": "tst,other", "log_level": "critical", "after_time": since},
        ]
        polls = [
            threading.Thread(target=lambda each=each: answers.append(ask(service, wait=20, **each).json()))
            for each in waiting
        ]
        for each in polls:
            each.start()
        wait_until(lambda: service.log.read_text().count("log_level IN"), "they have asked the log")
        time.sleep(0.1)
        before = service.log.read_text().count("QUERY")
        for number in range(20):
            service.post(site="tst", log_message=str(number))
        assert answers == []
        assert [line for line in queries(service)[before:] if reads(line)] == []
        service.post(site="tst", log_message="rare", log_level="critical", timestamp=since - 60)
        service.post(site="other", log_message="rare too", log_level="critical")
        for each in polls:
            each.join()
        texts = sorted([found["message"] for found in answer] for answer in answers)
        assert texts == [["rare"], ["rare too"]]


def reads(query: str) -> bool:
    """Whether somebody reads by it: not the follower, and not an append."""
    return "ORDER BY messages.id LIMIT" not in query and "UPDATE head" not in query


def queries(service: Service) -> list[str]:
    return [line for line in service.log.read_text().splitlines() if line.startswith("QUERY")]


def keep_polling(service: Service, seen: list[dict[str, Any]], done: threading.Event, **which: Any) -> None:
    """Go on from the cursor of each answer, as a script does, until that is over and nothing more comes."""
    cursor = "0"
    with requests.Session() as session:
        while True:
            over = done.is_set()
            parameters = {**which, "after_id": cursor, "wait": 0 if over else 2}
            answer = session.get(f"{service.url}/recent-logs", params=parameters, timeout=30)
            answer.raise_for_status()
            assert "X-Truncated" not in answer.headers
            cursor = answer.headers["X-Last-Id"]
            assert all(each["id"] <= int(cursor) for each in answer.json())
            seen += sorted(answer.json(), key=lambda each: each["id"])
            if over and not answer.json():
                return


def test_polls_lose_and_double_nothing_in_a_storm(database_url: str, tmp_path: Path) -> None:
    asked_for: list[dict[str, str]] = [{"site": "*"}, {"site": "a"}, {"site": "a,b,none"}]
    asked_for += [{"site": "*", "log_level": "error"}, {"site": "b", "log_level": "error"}]
    done = threading.Event()
    with running(database_url, tmp_path) as service:
        seen: list[list[dict[str, Any]]] = [[] for _ in asked_for]
        polls = [
            threading.Thread(target=keep_polling, args=(service, each, done), kwargs=which)
            for each, which in zip(seen, asked_for, strict=True)
        ]
        for poll in polls:
            poll.start()
        with requests.Session() as session:
            for number in range(150):
                messages = [
                    {"site": "ab"[each % 2], "log_message": "x", "log_level": ("info", "error")[number % 2]}
                    for each in range(1 + number % 3)
                ]
                session.post(f"{service.url}/newlog", json=messages, timeout=10).raise_for_status()
        done.set()
        for poll in polls:
            poll.join()
        for each, which in zip(seen, asked_for, strict=True):
            stored = service.recent(**which, after_time=0)
            assert [found["id"] for found in each] == sorted(found["id"] for found in stored)


def test_a_poll_is_answered_with_no_more_than_its_limit_and_says_that_there_was_more(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        answers: list[requests.Response] = []
        poll = threading.Thread(
            target=lambda: answers.append(ask(service, site="*", after_id=0, limit=2, wait=20))
        )
        poll.start()
        time.sleep(0.2)  # it need not wait by then, but most probably does
        body = json.dumps([{"site": "tst", "log_message": str(number)} for number in range(5)])
        requests.post(f"{service.url}/newlog", body, timeout=5).raise_for_status()
        poll.join()
        (answer,) = answers
        assert [each["message"] for each in answer.json()] == ["3", "4"]
        assert (answer.headers["X-Truncated"], answer.headers["X-Last-Id"]) == ("true", "5")


def test_a_long_list_of_sites_is_sent_as_it_is_made(tmp_path: Path) -> None:
    count = 3_000
    with running(filled(tmp_path / "x.db", count, sites=count), tmp_path) as service:
        last = service.post(site="site7", log_message="last").json()["id"]
        wait_until(
            lambda: (
                requests.get(f"{service.url}/sites?site=site7", timeout=5).json()[0]["last"]["id"] == last
            ),
            "it is delivered",
        )
        answer = requests.get(f"{service.url}/sites?activity=900", timeout=30)
        found = answer.json()
        assert answer.headers["Transfer-Encoding"] == "chunked", "nobody waits for all of it"
        assert answer.headers["X-Last-Id"] == str(last)
        assert [each["site"] for each in found] == sorted(["tst", *(f"site{n}" for n in range(1, count))])
        assert all(sum(sum(bars) for bars in each["activity"]["counts"].values()) >= 1 for each in found)
        few = requests.get(f"{service.url}/sites?site=site7,site8&activity=900", timeout=5)
        assert (len(few.json()), int(few.headers["Content-Length"])) == (2, len(few.content))
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as old:
            old.sendall(b"GET /sites HTTP/1.0\r\nHost: x\r\n\r\n")
            _, _, body = b"".join(iter(lambda: old.recv(1 << 16), b"")).partition(b"\r\n\r\n")
            assert len(json.loads(body)) == count


def test_sites_that_fall_silent_are_forgotten_a_few_at_a_time(database: Database) -> None:
    overview = Overview(Reader(database, ttl=DAY))
    now = time.time()
    for number in range(50):
        overview.add(Stored(number, f"old{number}", "x", "info", 0, now - 2 * DAY))
    for number in range(50, 100):
        overview.add(Stored(number, f"new{number}", "x", "info", 0, now))
    assert [glance.site for glance in overview.glances(["*"])] == [
        f"new{number}" for number in range(50, 100)
    ]
    assert len(overview._sites) == len(overview._codes) == 50
