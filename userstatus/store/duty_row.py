"""A row of the table `duty`: something that the service remembers beside the log."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from userstatus.store.tables import duty


class DutyRow:
    """The row of a subject. Its methods work on a connection, within the transaction of their caller."""

    def __init__(self, subject: str):
        is_it = duty.c.subject == subject
        content: sa.BindParameter[str] = sa.bindparam("json")
        self._read = sa.select(duty.c.content).where(is_it)
        self._renew = sa.update(duty).where(is_it).values(content=content)
        self._begin = sa.insert(duty).values(subject=subject, content=content)
        self._delete = sa.delete(duty).where(is_it)

    def read(self, connection: sa.Connection) -> dict[str, Any] | None:
        """What was written last, by whichever process; None if nothing was."""
        content = connection.scalar(self._read)
        return None if content is None else dict(json.loads(content))

    def write(self, connection: sa.Connection, content: dict[str, Any]) -> None:
        """Replace what is there. Raises IntegrityError if another process begins the row meanwhile."""
        parameters = {"json": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}
        if not connection.execute(self._renew, parameters).rowcount:
            connection.execute(self._begin, parameters)

    def delete(self, connection: sa.Connection) -> None:
        """As if nothing had ever been written."""
        connection.execute(self._delete)
