"""Appending to SQLite: what every POST executes, on the driver's connection.

SQLAlchemy's own work for these few statements took longer than SQLite's. Their text is made once, from the
statements in `queries`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import sqlite

from userstatus.message import Cursor, Message, NewMessage
from userstatus.store import queries
from userstatus.store.database import Appended
from userstatus.store.tables import messages

COLUMNS = ("id", "received_at", *NewMessage._fields)
DIALECT = sqlite.dialect(paramstyle="named")


def text(statement: Any) -> str:
    """The SQL of a statement, with the names of its parameters."""
    return str(statement.compile(dialect=DIALECT))


TAKE_IDS = text(queries.take_ids)
SET_SEQUENCE = text(queries.set_sequence)
INSERT = text(sa.insert(messages).values({name: sa.bindparam(name) for name in COLUMNS}))
SAME_UUID = text(
    sa.select(messages.c.id).where(
        messages.c.site == sa.bindparam("site"),
        messages.c.uuid == sa.bindparam("uuid"),
        messages.c.uuid.is_not(None),  # or the index, which has no others, would not be used
    )
)


@contextmanager
def transaction(driver: sqlite3.Connection) -> Iterator[None]:
    """The transaction that has begun: committed after the block, rolled back if that fails.

    Errors of the driver become SQLAlchemy's, as elsewhere. Raises DBAPIError.
    """
    try:
        try:
            yield
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                with suppress(sqlite3.Error):  # or the error of the commit would be forgotten
                    driver.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise exc.DBAPIError.instance("append", None, error, sqlite3.Error, hide_parameters=True) from error


def append(driver: sqlite3.Connection, given: Sequence[NewMessage], now: float, later: float) -> Appended:
    """Store messages, except those whose uuid their site has sent before; see `Database.append_at_once`."""
    count = len(given)
    taken = driver.execute(TAKE_IDS, {"count": count, "now": now, "later": later})
    row = taken.fetchall()[0]  # all of them, or the statement would still be under way at the commit
    last_id, time_taken, before = row
    received_at = round(time_taken, 6)
    next_id = last_id - count + 1
    ids: list[int] = []
    new: list[Message] = []
    rows: list[dict[str, Any]] = []
    known: dict[tuple[str, str], int] = {}
    for message in given:
        id = None if message.uuid is None else _known(driver, known, message.site, message.uuid)
        if id is None:
            id = next_id
            next_id += 1
            new.append(message.received(id, received_at))
            notice = message.notice and message.notice.as_text()
            rows.append({**message._asdict(), "notice": notice, "id": id, "received_at": received_at})
            if message.uuid is not None:
                known[message.site, message.uuid] = id
        ids.append(id)
    driver.executemany(INSERT, rows)
    if next_id <= last_id:
        driver.execute(SET_SEQUENCE, {"last": next_id - 1})
    return Appended(ids, new, Cursor.of(last_id - count, before or 0.0))


def _known(driver: sqlite3.Connection, known: dict[tuple[str, str], int], site: str, uuid: str) -> int | None:
    """The id of the message whose uuid the site has sent before, in this append or earlier."""
    if (site, uuid) in known:
        return known[site, uuid]
    found = driver.execute(SAME_UUID, {"site": site, "uuid": uuid}).fetchall()
    return found[0][0] if found else None
