"""A row of the table `duty`: something that the service remembers beside the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa

from userstatus.store.tables import duty

T = TypeVar("T")

log = logging.getLogger(__name__)


class DutyRow:
    """The row of a subject. Its methods work on a connection, within the transaction of their caller."""

    def __init__(self, subject: str):
        self.subject = subject
        is_it = duty.c.subject == subject
        content: sa.BindParameter[str] = sa.bindparam("json")
        self._read = sa.select(duty.c.content).where(is_it)
        self._renew = sa.update(duty).where(is_it).values(content=content)
        self._begin = sa.insert(duty).values(subject=subject, content=content)
        self._delete = sa.delete(duty).where(is_it)

    def read(self, connection: sa.Connection, parse: Callable[[dict[str, Any]], T]) -> T | None:
        """What was written last, by whichever process, as `parse` makes it of the JSON object.

        None if nothing was written, or if it is damaged, which is logged.
        """
        content = connection.scalar(self._read)
        if content is None:
            return None
        try:
            return parse(dict(json.loads(content)))
        except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError) as error:
            log.warning("the row %s of the table duty is damaged, and ignored: %r", self.subject, error)
            return None

    def write(self, connection: sa.Connection, content: dict[str, Any]) -> None:
        """Replace what is there. Raises IntegrityError if another process begins the row meanwhile."""
        parameters = {"json": json.dumps(content, ensure_ascii=False, separators=(",", ":"))}
        if not connection.execute(self._renew, parameters).rowcount:
            connection.execute(self._begin, parameters)

    def delete(self, connection: sa.Connection) -> None:
        """As if nothing had ever been written."""
        connection.execute(self._delete)
