"""The tables are as the migrations make them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from userstatus.store import tables
from userstatus.store.database import Database


def columns(table: sa.Table) -> dict[str, bool]:
    return {column.name: bool(column.nullable) for column in table.columns}


def indexes(table: sa.Table) -> dict[str, tuple[list[str], bool]]:
    return {str(each.name): ([column.name for column in each.columns], each.unique) for each in table.indexes}


@pytest.mark.parametrize("name", tables.metadata.tables)
def test_a_table_is_as_the_migrations_make_it(sqlite_database: Database, name: str) -> None:
    found = sa.Table(name, sa.MetaData(), autoload_with=sqlite_database.engine)
    expected = tables.metadata.tables[name]
    assert columns(found) == columns(expected)
    assert indexes(found) == indexes(expected)
    assert [each.name for each in found.primary_key] == [each.name for each in expected.primary_key]


def test_there_are_no_other_tables(sqlite_database: Database) -> None:
    found: Any = sa.inspect(sqlite_database.engine).get_table_names()
    assert set(found) == {*tables.metadata.tables, "alembic_version"}
