"""Statements as values: which messages they ask for, and in which shape a database can look them up."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.dialects.postgresql.base import PGDialect

from userstatus.store import queries

END = (queries.END, queries.END)
FEW, MANY = ["b", "a"], [f"site{number}" for number in range(queries.MAX_MERGED + 1)]


def sql(statement: Any) -> str:
    compiled = statement.compile(
        dialect=PGDialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    return " ".join(str(compiled).split())


@pytest.mark.parametrize(
    "make",
    [
        lambda sites: queries.backlog(sites, 5, 9, 1.0, 10),
        lambda sites: queries.by_id(sites, None, 5, 9, [], 1.0),
        lambda sites: queries.by_time(sites, 5, END, 9, [], 1.0),
    ],
    ids=["backlog", "by id", "by time"],
)
def test_each_of_a_few_sites_is_a_statement_of_its_own_and_many_are_walked(make: Any) -> None:
    assert sql(make(FEW)).count("UNION ALL") == 1
    assert [sql(make(FEW)).count(f"messages.site = '{site}'") for site in FEW] == [1, 1]
    assert "messages.site || ''" in sql(make(MANY)), "an expression, so that no index of sites is used"
    assert "UNION" not in sql(make(MANY))
    assert "messages.site =" not in sql(make(["*"]))


def test_a_backlog_is_between_two_ids_oldest_first_and_without_what_has_expired() -> None:
    asked = sql(queries.backlog(["a"], 5, 9, 1.5, 10))
    for condition in ("id > 5", "id <= 9", "received_at > 1.5"):
        assert f"messages.{condition}" in asked
    assert asked.endswith("ORDER BY messages.id ASC LIMIT 10")


def test_recent_messages_are_read_the_newest_first_from_where_the_last_page_ended() -> None:
    asked = sql(queries.by_time(["a"], 5, (70, 8), 9, ["error"], 1.5))
    for condition in ("timestamp >= 5", "timestamp <= 70", "id <= 9", "log_level IN ('error')"):
        assert f"messages.{condition}" in asked
    assert "(messages.timestamp, messages.id) < (70, 8)" in asked
    assert asked.endswith("ORDER BY messages.timestamp DESC, messages.id DESC")


def test_no_levels_means_all_of_them() -> None:
    assert "log_level IN" not in sql(queries.by_id(["a"], None, 5, 9, [], 1.0))
    assert "log_level IN ('error', 'info')" in sql(queries.by_id(["a"], None, 5, 9, ["info", "error"], 1.0))


def test_whoever_is_shown_a_message_does_not_see_its_uuid() -> None:
    assert "uuid" not in sql(queries.newest_first(1))
    assert [each.name for each in queries.SHOWN] == [
        "id", "site", "message", "log_level", "timestamp", "received_at",
        "next_within", "original_level", "notice",
    ]  # fmt: skip
