"""The schema is created by Alembic alone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql

from tests.support.databases import Postgres, at
from userstatus.errors import StartError
from userstatus.store.database import Database
from userstatus.store.migrations import config
from userstatus.store.tables import metadata


def differences(database: Database) -> list[object]:
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))


def tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names()) - {"alembic_version"}


def test_from_empty_to_head_down_and_up_again_models_and_schema_agree(empty_url: str) -> None:
    database = at(empty_url)
    configuration = config(database)
    command.upgrade(configuration, "head")
    assert differences(database) == []
    command.downgrade(configuration, "base")
    assert tables(database) == set()
    command.upgrade(configuration, "head")
    assert differences(database) == []
    database.close()


def test_an_sqlite_file_is_brought_up_to_date_at_start(tmp_path: Path) -> None:
    database = at(f"sqlite:///{tmp_path}/new.db")
    database.prepare()
    database.prepare()
    assert tables(database) == set(metadata.tables)
    database.close()


def test_an_outdated_postgres_is_rejected_with_the_command_to_run(postgres: Postgres) -> None:
    database = at(postgres.empty())
    with pytest.raises(StartError, match="run: python -m userstatus migrate"):
        database.prepare()
    database.close()


def test_on_sqlite_an_acknowledged_message_is_on_disk(tmp_path: Path) -> None:
    database = at(f"sqlite:///{tmp_path}/new.db")
    database.prepare()
    with database.append() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2, "FULL"
        assert connection.exec_driver_sql("PRAGMA fullfsync").scalar() == 1, "on macOS, too"
    database.close()


def test_a_user_of_postgres_whose_own_schema_is_that_of_dev_is_rejected(postgres: Postgres) -> None:
    """Unqualified names would lead prod there, and both stages would share a log."""
    url = postgres.ready()
    with psycopg.connect(url) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} SET search_path TO dev, public").format(
                sql.Identifier(str(sa.make_url(url).database))
            )
        )
    with closing(at(url)) as prod, closing(at(url, "dev")) as dev:
        for start in (prod.prepare, prod.migrate):
            with pytest.raises(StartError, match="leads to the schema dev"):
                start()
        dev.prepare()
