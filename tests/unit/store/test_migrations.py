"""Where the migrations are, and which of them a database has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.databases import at
from tests.support.service import PROJECT
from userstatus.store import migrations
from userstatus.store.database import Database


@pytest.fixture
def empty(tmp_path: Path) -> Database:
    return at(f"sqlite:///{tmp_path}/x.db")


def applied(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return migrations.applied(connection, database.schema)


def test_they_are_beside_the_package_in_a_checkout_and_in_it_once_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrations.folder() == PROJECT / "migrations"
    monkeypatch.setattr(migrations, "PACKAGE", tmp_path / "userstatus")
    assert migrations.folder() == tmp_path / "migrations"
    (tmp_path / "userstatus" / "migrations").mkdir(parents=True)
    assert migrations.folder() == tmp_path / "userstatus" / "migrations"


def test_a_folder_with_a_percent_sign_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "PACKAGE", tmp_path / "100%" / "userstatus")
    assert migrations.config().get_main_option("script_location") == str(tmp_path / "100%" / "migrations")


def test_a_database_gets_all_of_them_and_is_up_to_date_then(empty: Database) -> None:
    assert applied(empty) is None
    migrations.upgrade(empty)
    assert applied(empty) == migrations.newest()
    migrations.upgrade(empty)
    empty.close()


def test_a_migration_that_nobody_knows_is_one_of_another_version(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'unknown'")
    with pytest.raises(migrations.CommandError, match="unknown"):
        migrations.upgrade(empty)
    empty.close()
