"""Alembic's entry point: migrates the caller's databases, or those of every stage in the settings."""

import os

from alembic import context

from userstatus.settings import Settings
from userstatus.store.database import Database
from userstatus.store.stages import open_databases
from userstatus.store.tables import metadata


def migrate(database: Database) -> None:
    # One transaction for all migrations, on SQLite, too: a second process that starts at the same time waits,
    # and then finds nothing left to do.
    with database.engine.begin() as connection:
        database.prepare_migration(connection)
        context.configure(
            connection=connection,
            target_metadata=metadata,
            transactional_ddl=True,
            render_as_batch=not database.alters_in_place,
        )
        with context.begin_transaction():
            context.run_migrations()


def run() -> None:
    """Migrate the databases passed by the caller, or each stage's database in the settings."""
    given = context.config.attributes.get("databases")
    for database in given or open_databases(Settings.from_environ(os.environ)):
        migrate(database)


if context.is_offline_mode():
    raise SystemExit("run the migrations against a database: alembic upgrade head, without --sql")
run()
