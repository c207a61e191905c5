"""When the service was last up, as kept in the database, for all processes that share it."""

from __future__ import annotations

import json

import sqlalchemy as sa

from userstatus.store.database import Database
from userstatus.store.tables import duty

SUBJECT = "heartbeat"

_of_it = duty.c.subject == SUBJECT
_read = sa.select(duty.c.content).where(_of_it)
_renew = sa.update(duty).where(_of_it).values(content=sa.bindparam("at"))
_delete = sa.delete(duty).where(_of_it)
_begin = sa.insert(duty).values(subject=SUBJECT, content=sa.bindparam("at"))


class HeartbeatRow:
    """The row that each process renews every few seconds. All methods raise Unavailable."""

    def __init__(self, database: Database):
        self.database = database

    def read(self) -> int | None:
        """When a process last renewed it, in unix seconds; None if none ever has."""
        with self.database.read() as connection:
            content = connection.scalar(_read)
        return None if content is None else int(json.loads(content)["at"])

    def renew(self, at: int) -> None:
        """Set it to a time, in unix seconds. Not durable: a power failure may undo the last few seconds."""
        content = {"at": json.dumps({"at": at})}
        try:
            with self.database.write(durable=False) as connection:
                if not connection.execute(_renew, content).rowcount:
                    connection.execute(_begin, content)
        except sa.exc.IntegrityError:
            pass  # another process has begun at the same moment

    def delete(self) -> None:
        """As if it had never been renewed."""
        with self.database.write() as connection:
            connection.execute(_delete)
