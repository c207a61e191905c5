"""Where the log of each stage is: prod's in the database itself, dev's in a file beside it or in a schema."""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa

from userstatus.errors import StartError
from userstatus.settings import PROD
from userstatus.store.database import Database
from userstatus.store.sqlite import Sqlite

EXPECTED = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, an @ in the password as %40"


def open_database(address: str, stage: str) -> Database:
    """The database of a stage; `address` is a DATABASE_URL. Nothing is opened yet. Raises StartError."""
    url = parse(address)
    if url.get_backend_name() == "sqlite":
        return Sqlite(url if stage == PROD else url.set(database=beside(str(url.database), stage)))
    try:
        from userstatus.store.postgres import Postgres  # whose driver is an extra
    except ImportError as error:  # the driver, or the library of Postgres that it needs
        raise StartError(
            f'DATABASE_URL is one of Postgres, which needs {error.name}: pip install "userstatus[postgres]"'
        ) from error
    return Postgres(url, None if stage == PROD else stage)


def beside(file: str, stage: str) -> str:
    """The file of a stage beside that of prod: `userstatus-dev.db` beside `userstatus.db`."""
    path = Path(file)
    return str(path.with_name(f"{path.stem}-{stage}{path.suffix}"))


def parse(address: str) -> sa.URL:
    """The URL in a DATABASE_URL. Raises StartError, which never shows a password."""
    try:
        return _url(address)
    except ValueError:
        raise StartError(f"DATABASE_URL is {without_secrets(address)!r}, expected {EXPECTED}") from None


def _url(text: str) -> sa.URL:
    """An SQLite file or a Postgres database; `postgres://`, as platforms write it, means psycopg 3."""
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
    """Whether an unquoted @ in the password was taken for its end, and the rest of it for a host."""
    address, _, query = text.partition("?")
    bare = "".join(part for part in query.split("&") if "=" not in part)
    return address.count("@") > (url.username is not None) or "@" in bare


def without_secrets(text: str) -> str:
    """A database's address as it may be shown: only the scheme, if there may be a password in it."""
    if re.fullmatch(r"([a-z0-9+]+:/{0,4})?[^@?=;:\s]*", text):
        return text
    scheme, colon, _ = text.partition(":")
    return f"{scheme}:…" if colon and re.fullmatch("[a-zA-Z0-9+]{1,32}", scheme) else "…"
