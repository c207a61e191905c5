"""Which commits to Postgres wait for the disk, whatever the default of the server, database and role is."""

from __future__ import annotations

import sqlalchemy as sa

durably: sa.ColumnClause[str] = sa.literal_column(
    "set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true)"
)
"""Selected in a transaction, it makes the commit wait for the disk, and for that of synchronous replicas; a
default that waits for more is kept. Within another statement, it costs no round trip."""

_select_durably = sa.select(durably)
_not_durably = sa.text("SET LOCAL synchronous_commit TO OFF")
_off = sa.text(
    "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY 1"
)

CAVEAT = "a power cut may destroy the database: turn on {} in the configuration of Postgres"


def statement(durable: bool) -> sa.Executable:
    """Makes the commit of the transaction wait for the disk, or not."""
    return _select_durably if durable else _not_durably


def caveat(connection: sa.Connection) -> str | None:
    """A warning if the server does not flush, whatever a commit asks for."""
    off = connection.scalars(_off).all()
    return CAVEAT.format(" and ".join(off)) if off else None
