"""Every statement on a hot path finds its rows by the index made for it, on both databases.

The log is long enough for a planner to prefer an index. Postgres has statistics; SQLite has none, as in
production, where nobody runs ANALYZE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from tests.support.databases import Postgres, at
from userstatus.message import LEVELS
from userstatus.notice import SILENCE, Notice
from userstatus.store import queries
from userstatus.store.database import Database

COUNT = 50_000
APART = 8  # seconds between two messages
NOW = 1_800_000_000
EXPIRED = NOW - 2 * 86_400.0
SITES = [f"site{number}" for number in range(60)]
ONE, TWO, MANY, EVERY = SITES[:1], SITES[:2], SITES[: queries.MAX_MERGED + 1], ["*"]
OLD = 3000  # the cursor of a viewer that was away for long
END = (queries.END, queries.END)

ID, BY_SITE = "primary key", "ix_messages_site_id"
BY_TIME, BY_SITE_AND_TIME = "ix_messages_timestamp_id", "ix_messages_site_timestamp_id"
END_OF_TABLE = "SCAN messages"  # in id order, until there are enough
RECEIVED, UUID = "ix_messages_received_at", "ix_messages_site_uuid"
NOTICE = "ix_messages_notice_id"


class Hot(NamedTuple):
    """A statement, and the indexes that SQLite and Postgres may use to find messages."""

    statement: sa.Executable
    sqlite: set[str]
    postgres: frozenset[str] = frozenset()
    merges: bool = False  # the rows of several sites, which Postgres may sort


HOT: dict[str, Hot] = {
    "the log's tail": Hot(queries.tail.params(cursor=COUNT - 100, expired=EXPIRED, most=500), {ID}),
    "the newest messages": Hot(queries.newest_first(1000), {END_OF_TABLE}, frozenset({ID})),
    "the log's end": Hot(queries.end, {ID}),
    "some ids": Hot(queries.with_ids(OLD, OLD + 10), {ID}),
    "a cursor's message": Hot(queries.at_or_after.params(cursor=OLD), {ID}),
    "the last message by a time": Hot(queries.last_received_by.params(time=EXPIRED), {RECEIVED}),
    "the last message before a time": Hot(queries.last_received_before.params(time=EXPIRED), {RECEIVED}),
    "some messages": Hot(queries.of_ids([OLD, OLD + 10, COUNT]), {ID}),
    "the oldest of a site": Hot(
        queries.by_id(ONE, None, OLD, COUNT, [], EXPIRED, oldest=True).limit(25), {BY_SITE}
    ),
    "the oldest of several sites": Hot(
        queries.by_id(TWO, None, OLD, COUNT, [], EXPIRED, oldest=True).limit(25), {BY_SITE}, merges=True
    ),
    "the oldest of every site": Hot(
        queries.by_id(EVERY, None, OLD, COUNT, ["error"], EXPIRED, oldest=True).limit(25), {ID}
    ),
    "the backlog of a site": Hot(queries.backlog(ONE, OLD, COUNT, EXPIRED, 25), {BY_SITE}),
    "the backlog of every site": Hot(queries.backlog(EVERY, OLD, COUNT, EXPIRED, 25), {ID}),
    "the backlog of several sites": Hot(
        queries.backlog(TWO, OLD, COUNT, EXPIRED, 25), {BY_SITE}, merges=True
    ),
    "the backlog of many sites": Hot(queries.backlog(MANY, OLD, COUNT, EXPIRED, 25), {ID}),
    "recent of a site": Hot(
        queries.by_time(ONE, NOW - 86_400, END, COUNT, [], EXPIRED).limit(25), {BY_SITE_AND_TIME}
    ),
    "recent of several sites": Hot(
        queries.by_time(TWO, NOW - 86_400, END, COUNT, ["error"], EXPIRED).limit(25),
        {BY_SITE_AND_TIME},
        merges=True,
    ),
    "recent of many sites": Hot(
        queries.by_time(MANY, NOW - 86_400, END, COUNT, [], EXPIRED).limit(25), {BY_TIME}
    ),
    "recent of every site": Hot(
        queries.by_time(EVERY, NOW - 86_400, END, COUNT, [], EXPIRED).limit(25), {BY_TIME}
    ),
    "recent after a cursor": Hot(queries.by_id(ONE, None, OLD, COUNT, [], EXPIRED).limit(25), {BY_SITE}),
    "recent of several sites after a cursor": Hot(
        queries.by_id(TWO, NOW - 86_400, OLD, COUNT, [], EXPIRED).limit(25),
        {BY_SITE},
        frozenset({BY_SITE, BY_SITE_AND_TIME}),
        merges=True,
    ),
    "recent of many sites after a cursor": Hot(
        queries.by_id(MANY, None, OLD, COUNT, [], EXPIRED).limit(25), {ID}
    ),
    "recent of every site before a message": Hot(
        queries.by_id(EVERY, NOW - 86_400, 0, OLD, ["error"], EXPIRED).limit(25), {ID}
    ),
    "what has expired": Hot(queries.expired_batch(EXPIRED, 50), {RECEIVED}),
    "the last receipt": Hot(queries.last_receipt.params(by=NOW), {RECEIVED}),
    "the first receipt": Hot(queries.first_receipt.params(since=EXPIRED), {RECEIVED}),
    "whether something was lost": Hot(
        queries.lost(ONE, OLD, EXPIRED), {BY_SITE, RECEIVED}, frozenset({ID, BY_SITE, RECEIVED})
    ),
    "whether something was lost of several sites": Hot(
        queries.lost(TWO, OLD, EXPIRED), {BY_SITE, RECEIVED}, frozenset({ID, BY_SITE, RECEIVED})
    ),
    "whether something was lost of any site": Hot(queries.lost(EVERY, OLD, EXPIRED), {ID, RECEIVED}),
    "messages of the same uuid": Hot(queries.same_uuids({"site1": ["a", "b"], "site2": ["c"]}), {UUID}),
    "the notices": Hot(queries.notices(OLD, COUNT, 100), {NOTICE}),
    # Postgres takes either one, as its sample of the sites says: the site has spoken, so it is not far away.
    "what a site said after a silence": Hot(
        queries.first_after("site1", OLD), {BY_SITE}, frozenset({BY_SITE, ID})
    ),
    "whether a site has spoken": Hot(queries.has_spoken.params(site="site1", after=OLD), {BY_SITE}),
}


def fill(database: Database) -> None:
    rows = [
        {
            "id": id,
            "site": SITES[id % len(SITES)],
            "message": f"Exposure {id} of the night is complete",
            "log_level": LEVELS[id % 5],
            "timestamp": NOW - (COUNT - id) * APART,
            "received_at": NOW - (COUNT - id) * APART,
            "uuid": str(id) if id % 4 == 0 else None,
            "notice": Notice(SILENCE) if id % 1000 == 0 else None,
        }
        for id in range(1, COUNT + 1)
    ]
    with database.write() as connection:
        connection.execute(queries.insert, rows)
        connection.execute(queries.set_sequence, {"last": COUNT})


@pytest.fixture(scope="module")
def sqlite_log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("plans") / "x.db"
    database = at(f"sqlite:///{path}")
    database.prepare()
    fill(database)
    yield database
    database.close()


@pytest.fixture(scope="module")
def postgres_log(postgres: Postgres) -> Iterator[Database]:
    database = at(postgres.ready())
    fill(database)
    with database.read() as connection:
        connection.exec_driver_sql("ANALYZE")
    yield database
    database.close()


def explained(database: Database, how: str, statement: Any) -> list[Any]:
    """The last column of the database's plan."""
    sql = statement.compile(database.engine, compile_kwargs={"literal_binds": True}).string
    with database.read() as connection:
        return [row[-1] for row in connection.execute(sa.text(f"{how} {sql}".replace(":", r"\:")))]


@pytest.mark.parametrize("what", HOT)
def test_sqlite_looks_messages_up_by_the_index_made_for_it_and_sorts_nothing(
    sqlite_log: Database, what: str
) -> None:
    statement, indexes, *_ = HOT[what]
    plan = explained(sqlite_log, "EXPLAIN QUERY PLAN", statement)
    used = {index_in(line) for line in plan if re.match(r"(SEARCH|SCAN) messages", line)}
    assert used == indexes, plan
    assert not any("TEMP B-TREE" in line for line in plan), plan


def index_in(line: str) -> str:
    """The index in a line of SQLite's plan; a line without a lookup is returned as it is."""
    found = re.fullmatch(
        r"SEARCH messages\S* USING (?:(?:COVERING )?INDEX (\w+)|INTEGER PRIMARY KEY) .*", line
    )
    return (found[1] or ID) if found else line


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes(inner)


@pytest.mark.parametrize("what", HOT)
def test_postgres_looks_messages_up_by_the_index_made_for_it_and_sorts_nothing(
    postgres_log: Database, what: str
) -> None:
    statement, indexes, others, merges = HOT[what]
    ((plan,),) = explained(postgres_log, "EXPLAIN (FORMAT JSON)", statement)
    found = list(nodes(plan["Plan"]))
    kinds = {node["Node Type"] for node in found if node.get("Relation Name") == "messages"}
    used = {node["Index Name"] for node in found if "Index Name" in node}
    assert "Seq Scan" not in kinds, plan
    assert {ID if name == "pk_messages" else name for name in used} <= (others or indexes), plan
    assert used, plan
    assert merges or not any(node["Node Type"] == "Sort" for node in found), plan


def test_at_startup_postgres_counts_a_part_of_the_log_by_its_ids(postgres_log: Database) -> None:
    ((plan,),) = explained(postgres_log, "EXPLAIN (FORMAT JSON)", queries.counts(OLD, 2 * OLD, 900))
    used = {node["Index Name"] for node in nodes(plan["Plan"]) if "Index Name" in node}
    assert used == {"pk_messages"}, plan


def test_at_startup_postgres_reads_the_times_of_messages_by_their_ids(postgres_log: Database) -> None:
    ((plan,),) = explained(postgres_log, "EXPLAIN (FORMAT JSON)", queries.times_of([COUNT, COUNT - 1]))
    used = {node["Index Name"] for node in nodes(plan["Plan"]) if "Index Name" in node}
    assert used == {"pk_messages"}, plan


def test_at_startup_sqlite_reads_the_times_of_messages_by_their_ids(sqlite_log: Database) -> None:
    plan = explained(sqlite_log, "EXPLAIN QUERY PLAN", queries.times_of([COUNT, COUNT - 1]))
    assert plan == ["SEARCH messages USING INTEGER PRIMARY KEY (rowid=?)"]
