"""Where each stage's log is: prod's in the database itself, dev's in a second file or a schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from userstatus.errors import StartError
from userstatus.settings import PROD, Settings
from userstatus.store.database import Database
from userstatus.store.sqlite import Sqlite

EXPECTED = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, an @ in the password as %40"


def open_database(address: str, stage: str) -> Database:
    """Return the database of a stage; `address` is a DATABASE_URL. Opens nothing. Raises StartError."""
    url = parse(address)
    if url.get_backend_name() == "sqlite":
        return Sqlite(url if stage == PROD else url.set(database=beside(str(url.database), stage)))
    try:
        from userstatus.store.postgres import Postgres  # its driver is an extra
    except ImportError as error:  # the driver is missing, or the Postgres library that it needs
        raise StartError(
            f'DATABASE_URL is one of Postgres, which needs {error.name}: pip install "userstatus[postgres]"'
        ) from error
    return Postgres(url, None if stage == PROD else stage)


def open_databases(settings: Settings) -> Iterator[Database]:
    """The database of each stage, closed before the next one is opened. Raises StartError."""
    for stage in settings.stages:
        with closing(open_database(settings.database_url, stage)) as database:
            yield database


def beside(file: str, stage: str) -> str:
    """The file of a stage beside prod's: `userstatus-dev.db` beside `userstatus.db`."""
    path = Path(file)
    return str(path.with_name(f"{path.stem}-{stage}{path.suffix}"))


def parse(address: str) -> sa.URL:
    """Parse a DATABASE_URL. Raises StartError, whose text never shows a password."""
    try:
        return _url(address)
    except ValueError:
        raise StartError(f"DATABASE_URL is {without_secrets(address)!r}, expected {EXPECTED}") from None


def _url(text: str) -> sa.URL:
    """The URL of an SQLite file or a Postgres database; `postgres://`, as platforms write it, is accepted."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise ValueError from error
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        if _has_stray_at(text, url):
            raise ValueError
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        raise ValueError
    return url


def _has_stray_at(text: str, url: sa.URL) -> bool:
    """Whether an unquoted @ in the password was taken as its end, and what follows as the host."""
    address, _, query = text.partition("?")
    bare = "".join(part for part in query.split("&") if "=" not in part)
    return address.count("@") > (url.username is not None) or "@" in bare


def without_secrets(text: str) -> str:
    """A database address that is safe to show: only the scheme if it may contain a password."""
    if re.fullmatch(r"([a-z0-9+]+:/{0,4})?[^@?=;:\s]*", text):
        return text
    scheme, colon, _ = text.partition(":")
    return f"{scheme}:…" if colon and re.fullmatch("[a-zA-Z0-9+]{1,32}", scheme) else "…"
