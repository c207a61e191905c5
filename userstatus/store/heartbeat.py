"""When the service was last up, as kept in the database, for all processes that share it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from userstatus.store.database import Database
from userstatus.store.duty_row import DutyRow


class Beat(NamedTuple):
    """A heartbeat at a time, in unix seconds, and since when which sites are waited for, though unknown."""

    at: int
    awaited: Mapping[str, float]


class HeartbeatRow:
    """The row that each process renews every few seconds. All methods raise Unavailable."""

    def __init__(self, database: Database):
        self.database = database
        self._row = DutyRow("heartbeat")

    def read(self) -> Beat | None:
        """What a process has last set it to; None if none ever has, or if it is damaged."""
        with self.database.read() as connection:
            return self._row.read(connection, _beat)

    def renew(self, beat: Beat) -> None:
        """Set it. Not durable: a power failure may undo the last few seconds."""
        try:
            with self.database.write(durable=False) as connection:
                self._row.write(connection, {"at": beat.at, "awaited": beat.awaited})
        except sa.exc.IntegrityError:
            pass  # another process has begun at the same moment

    def delete(self) -> None:
        """As if it had never been renewed."""
        with self.database.write() as connection:
            self._row.delete(connection)


def _beat(content: dict[str, Any]) -> Beat:
    awaited = dict(content.get("awaited", {}))  # which another version does not have
    return Beat(int(content["at"]), {site: float(since) for site, since in awaited.items()})
