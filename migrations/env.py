"""Alembic's entry: the models' tables, in the database that the settings (or the caller) name."""

import os

import sqlalchemy as sa
from alembic import context

from userstatus.database import Database
from userstatus.models import metadata
from userstatus.settings import Settings


def run() -> None:
    url: sa.URL = context.config.attributes.get("url") or Settings.from_environ(os.environ).database_url
    database = Database(url)
    try:
        # One transaction around all steps, on SQLite too: a second process that starts at the same moment
        # waits, and finds everything done.
        with database.engine.begin() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                transactional_ddl=True,
                render_as_batch=database.is_sqlite,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        database.engine.dispose()


if context.is_offline_mode():
    raise SystemExit("run the migrations against a database: alembic upgrade head, without --sql")
run()
