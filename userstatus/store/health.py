"""Whether messages can be read and stored now."""

from __future__ import annotations

import time

from userstatus.errors import Unavailable
from userstatus.store.journal import Journal

PAUSE_S = 1.0  # between two trial appends while the database is failing


class Health:
    """Reports whether the last append worked; if it failed, or there was none yet, tries one."""

    def __init__(self, journal: Journal):
        self.journal = journal
        self.errors = 0
        self._tried: float | None = None  # when a trial append was last made, by the monotonic clock
        self._trying = False

    def check(self) -> None:
        """Read the log; if nothing was appended yet or the last append failed, store and delete a message.

        However many clients ask, one trial runs at a time and at most one a second. Raises Unavailable.
        """
        try:
            self._check()
        except Unavailable:
            self.errors += 1
            raise

    def _check(self) -> None:
        self.journal.database.check()
        self.journal.reader.read_end()
        if self._tried is not None and self.journal.trouble is None:
            return
        if not self._trying and (self._tried is None or time.monotonic() - self._tried >= PAUSE_S):
            self._try()
        if self.journal.trouble is not None:
            raise Unavailable(self.journal.trouble)

    def _try(self) -> None:
        self._trying = True
        try:
            self.journal.try_out()
        finally:
            self._tried = time.monotonic()
            self._trying = False
