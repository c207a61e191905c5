"""How far the alerts have come, as kept in the database: what the process that sends them saves."""

from __future__ import annotations

from typing import Any

from userstatus.errors import Unavailable
from userstatus.store.database import Database, Turn
from userstatus.store.duty_row import DutyRow

SUBJECT = "alerts"


class AlertsRow:
    """The row with the state of the alerts, for the process whose turn it is. Methods raise Unavailable."""

    def __init__(self, database: Database):
        self.database = database
        self._row = DutyRow(SUBJECT)
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
        """What was saved last, by whichever process; None if nothing ever was, or if it is damaged."""
        with self._held().write() as connection:
            return self._row.read(connection, dict)

    def save(self, state: dict[str, Any]) -> None:
        """Save the state."""
        with self._held().write() as connection:
            self._row.write(connection, state)

    def forget(self) -> None:
        """Let it be as if nothing had ever been saved."""
        with self._held().write() as connection:
            self._row.delete(connection)

    def check(self) -> None:
        """See that it is still the turn of this process."""
        self._held().check()

    def _held(self) -> Turn:
        if self._turn is None:
            raise Unavailable("another process sends alerts")
        return self._turn
