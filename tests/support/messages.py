"""Messages for the journal, and messages received long ago."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa

from userstatus.message import Message, NewMessage
from userstatus.store import tables
from userstatus.store.database import Database


def message(text: str = "x", site: str = "tst", **fields: Any) -> NewMessage:
    fields = {"log_level": "info", "timestamp": int(time.time()), "uuid": None, **fields}
    return NewMessage(site, text, **fields)


def stored(id: int, text: str = "x", **fields: Any) -> Message:
    """A message as stored in the log, received one second after the one before."""
    fields = {"site": "tst", "log_level": "info", "timestamp": id, "received_at": 1e9 + id, **fields}
    return Message(id=id, message=text, **fields)


def age(database: Database, seconds: float, **where: Any) -> None:
    """Make messages look as if they had been received `seconds` ago."""
    with database.write() as connection:
        connection.execute(
            sa.update(tables.messages)
            .filter_by(**where)
            .values(received_at=tables.messages.c.received_at - seconds)
        )
