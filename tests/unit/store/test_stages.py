"""Where the log of each stage is, as DATABASE_URL says."""

from __future__ import annotations

import pytest

from userstatus.errors import StartError
from userstatus.store.postgres import Postgres
from userstatus.store.sqlite import Sqlite
from userstatus.store.stages import open_database, parse


def test_a_database_url_as_platforms_write_it_is_accepted() -> None:
    url = parse("postgres://u:secret@host/db?sslmode=require")
    assert url.drivername == "postgresql+psycopg"
    assert url.query == {"sslmode": "require"}


@pytest.mark.parametrize("address", ["mysql://host/db", "sqlite://", "userstatus.db"])
def test_what_is_no_database_of_ours_is_rejected_with_what_is_expected(address: str) -> None:
    with pytest.raises(StartError) as caught:
        parse(address)
    assert str(caught.value).startswith(f"DATABASE_URL is {address!r}, expected sqlite:///FILE or postgresql")


@pytest.mark.parametrize(
    "address", ["oracle://user:secret@host/db", "mysql://u:se@secret@h/db", "x://h/db?password=secret"]
)
def test_a_password_is_never_shown(address: str) -> None:
    with pytest.raises(StartError) as caught:
        parse(address)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "dev"),
    [
        ("sqlite:///userstatus.db", "userstatus-dev.db"),
        ("sqlite:////var/lib/status", "/var/lib/status-dev"),
        ("sqlite:///a.b/night.sqlite3", "a.b/night-dev.sqlite3"),
    ],
)
def test_on_sqlite_dev_has_a_file_beside_that_of_prod(address: str, dev: str) -> None:
    prod = open_database(address, "prod")
    assert isinstance(prod, Sqlite)
    assert f"sqlite:///{prod.file.path}" == address
    beside = open_database(address, "dev")
    assert isinstance(beside, Sqlite)
    assert beside.file.path == dev


def test_on_postgres_dev_has_a_schema_in_the_same_database() -> None:
    prod, dev = (open_database("postgres://u:secret@host/db", stage) for stage in ("prod", "dev"))
    assert isinstance(prod, Postgres)
    assert isinstance(dev, Postgres)
    assert (prod.schema, dev.schema) == (None, "dev")
    assert prod.url == dev.url


def test_a_database_is_named_in_the_log_without_its_password() -> None:
    prod, dev = (
        str(open_database("postgres://u:secret@host/db?password=secret", stage)) for stage in ("prod", "dev")
    )
    assert prod == "postgresql://u:***@host/db"
    assert dev == f"{prod}, schema dev"
