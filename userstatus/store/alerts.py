"""How far the alerts have come, as kept in the database: what the process that sends them saves."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from userstatus.errors import Unavailable
from userstatus.store.database import Database, Turn
from userstatus.store.tables import duty

SUBJECT = "alerts"

_of_it = duty.c.subject == SUBJECT
_read = sa.select(duty.c.content).where(_of_it)
_renew = sa.update(duty).where(_of_it).values(content=sa.bindparam("state"))
_begin = sa.insert(duty).values(subject=SUBJECT, content=sa.bindparam("state"))
_forget = sa.delete(duty).where(_of_it)


class AlertsRow:
    """The row with the state of the alerts, for the process whose turn it is. Methods raise Unavailable."""

    def __init__(self, database: Database):
        self.database = database
        self._turn: Turn | None = None

    def take_turn(self) -> bool:
        """Become the process that sends alerts; False if another one is."""
        self._turn = self.database.take_turn(SUBJECT)
        return self._turn is not None

    def give_up(self) -> None:
        """Let another process send alerts."""
        if self._turn is not None:
            self._turn.close()
            self._turn = None

    def load(self) -> dict[str, Any] | None:
        """What was saved last, by whichever process; None if nothing ever was."""
        with self._held().write() as connection:
            content = connection.scalar(_read)
        return None if content is None else dict(json.loads(content))

    def save(self, state: dict[str, Any]) -> None:
        """Save the state."""
        content = {"state": json.dumps(state, ensure_ascii=False, separators=(",", ":"))}
        with self._held().write() as connection:
            if not connection.execute(_renew, content).rowcount:
                connection.execute(_begin, content)

    def forget(self) -> None:
        """Let it be as if nothing had ever been saved."""
        with self._held().write() as connection:
            connection.execute(_forget)

    def check(self) -> None:
        """See that it is still the turn of this process."""
        self._held().check()

    def _held(self) -> Turn:
        if self._turn is None:
            raise Unavailable("another process sends alerts")
        return self._turn
