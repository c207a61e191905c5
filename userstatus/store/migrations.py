"""Migrations: where they are, which ones a database has, and how the missing ones are applied.

Importing Alembic takes a tenth of a second, so it is imported only when needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from userstatus.store.database import Database

PACKAGE = Path(__file__).parent.parent


class CommandError(Exception):
    """The database has a migration that is unknown to this version."""


def folder() -> Path:
    """The folder of the migrations: inside the installed package, or beside it in a checkout."""
    installed = PACKAGE / "migrations"
    return installed if installed.is_dir() else PACKAGE.parent / "migrations"


def config(*databases: Database) -> Any:
    """Alembic's configuration for these databases."""
    from alembic.config import Config

    found = Config()
    found.set_main_option("script_location", str(folder()).replace("%", "%%"))
    found.attributes["databases"] = databases
    return found


def newest() -> str | None:
    """The revision id of the newest migration."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config()).get_current_head()


def applied(connection: sa.Connection, schema: str | None) -> str | None:
    """The revision id of the newest migration applied to the database, None if there is none."""
    if not sa.inspect(connection).has_table("alembic_version", schema=schema):
        return None
    version = sa.table("alembic_version", sa.column("version_num"), schema=schema)
    found: str | None = connection.scalar(sa.select(version.c.version_num))
    return found


def upgrade(database: Database) -> None:
    """Apply all missing migrations to the database. Raises CommandError."""
    from alembic import command
    from alembic.util import CommandError as AlembicError

    try:
        command.upgrade(config(database), "head")
    except AlembicError as error:
        raise CommandError(str(error)) from error
