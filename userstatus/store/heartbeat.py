"""When the service was last up, as kept in the database, for all processes that share it."""

from __future__ import annotations

import sqlalchemy as sa

from userstatus.store.database import Database
from userstatus.store.duty_row import DutyRow


class HeartbeatRow:
    """The row that each process renews every few seconds. All methods raise Unavailable."""

    def __init__(self, database: Database):
        self.database = database
        self._row = DutyRow("heartbeat")

    def read(self) -> int | None:
        """When a process last renewed it, in unix seconds; None if none ever has."""
        with self.database.read() as connection:
            content = self._row.read(connection)
        return None if content is None else int(content["at"])

    def renew(self, at: int) -> None:
        """Set it to a time, in unix seconds. Not durable: a power failure may undo the last few seconds."""
        try:
            with self.database.write(durable=False) as connection:
                self._row.write(connection, {"at": at})
        except sa.exc.IntegrityError:
            pass  # another process has begun at the same moment

    def delete(self) -> None:
        """As if it had never been renewed."""
        with self.database.write() as connection:
            self._row.delete(connection)
