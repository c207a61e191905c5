"""Migrations: where they are, which of them a database has, and how it gets the others.

Alembic takes a tenth of a second to import, so it is imported only when needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from userstatus.store.database import Database

PACKAGE = Path(__file__).parent.parent


class CommandError(Exception):
    """The database has a migration that this version does not know."""


def folder() -> Path:
    """Where the migrations are: in the package once it is installed, beside it in a checkout."""
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
    """The name of the newest migration."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(config()).get_current_head()


def applied(connection: sa.Connection, schema: str | None) -> str | None:
    """The name of the newest migration that the database has, if it has any."""
    if not sa.inspect(connection).has_table("alembic_version", schema=schema):
        return None
    version = sa.table("alembic_version", sa.column("version_num"), schema=schema)
    found: str | None = connection.scalar(sa.select(version.c.version_num))
    return found


def upgrade(database: Database) -> None:
    """Apply all migrations that the database does not have. Raises CommandError."""
    from alembic import command
    from alembic.util import CommandError as AlembicError

    try:
        command.upgrade(config(database), "head")
    except AlembicError as error:
        raise CommandError(str(error)) from error
