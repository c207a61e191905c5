"""Every statement on a hot path finds its rows by an index, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from userstatus import models
from userstatus.database import Database

MANY = [f"site{number}" for number in range(models.MOST_MERGED + 1)]
END = (models.END, models.END)
HOT: dict[str, sa.Executable] = {
    "the log's tail": models.tail.params(cursor=5, expired=1.0, most=10),
    "the backlog of a site": models.backlog(["tst"], 5, 9, 1.0, 10),
    "the backlog of every site": models.backlog(["*"], 5, 9, 1.0, 10),
    "the backlog of several sites": models.backlog(["tst", "mrc1"], 5, 9, 1.0, 10),
    "the backlog of many sites": models.backlog(MANY, 5, 9, 1.0, 10),
    "recent of a site": models.by_time(["tst"], 5, END, 9, [], 1.0).limit(10),
    "recent of several sites": models.by_time(["tst", "mrc1"], 5, END, 9, ["error"], 1.0).limit(10),
    "recent of many sites": models.by_time(MANY, 5, END, 9, [], 1.0).limit(10),
    "recent of every site": models.by_time(["*"], 5, END, 9, [], 1.0).limit(10),
    "recent after a cursor": models.by_id(["tst"], None, 5, 9, [], 1.0).limit(10),
    "recent of several sites after a cursor": models.by_id(["tst", "mrc1"], 5, 5, 9, [], 1.0).limit(10),
    "recent of many sites after a cursor": models.by_id(MANY, None, 5, 9, [], 1.0).limit(10),
    "recent of every site before a message": models.by_id(["*"], 5, 0, 5, ["error"], 1.0).limit(10),
    "what has expired": models.expired_batch(1.0, 10),
    "whether something was lost": models.lost(["tst"], 5, 1.0),
    "whether something was lost of several sites": models.lost(["tst", "mrc1"], 5, 1.0),
    "whether something was lost of any site": models.lost(["*"], 5, 1.0),
    "messages of the same uuid": models.same_uuids({"tst": ["a", "b"], "mrc1": ["c"]}),
    "the minutes of a day": models.minutes(1.0, 5),
    "the newest of each site": models.newest(1.0, 5),
}


def plan(database: Database, statement: Any) -> str:
    sql = statement.compile(database.engine, compile_kwargs={"literal_binds": True}).string
    with database.write() as connection:
        if database.is_sqlite:
            return "\n".join(str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
        connection.exec_driver_sql("SET LOCAL enable_seqscan TO off")  # it is cheaper while a table is empty
        return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {sql}"))


@pytest.mark.parametrize("what", HOT)
def test_a_hot_statement_uses_an_index(database: Database, what: str) -> None:
    found = plan(database, HOT[what])
    scans = [
        line
        for line in found.splitlines()
        if "Seq Scan on messages" in line or (line.startswith("SCAN messages") and "USING" not in line)
    ]
    assert scans == [], found
    assert "messages" in found
    if database.is_sqlite and "newest of each" not in what and "minutes" not in what:
        assert "TEMP B-TREE" not in found, "it sorts, for which it has to read all there is"
