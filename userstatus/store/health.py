"""Whether messages can be read and stored now."""

from __future__ import annotations

import time

from userstatus.errors import Unavailable
from userstatus.store.journal import Journal

PAUSE_S = 1.0  # between two trials of a database that is in trouble


class Health:
    """Reports whether the last append worked; where it failed, or there was none yet, tries one."""

    def __init__(self, journal: Journal):
        self.journal = journal
        self._tried: float | None = None  # when storing was tried out, by the monotonic clock
        self._trying = False

    def check(self) -> None:
        """A look at the log; and, at first or when the last append failed, a message stored and deleted.

        However many ask, that is tried once at a time and once a second. Raises Unavailable.
        """
        self.journal.database.check()
        self.journal.reader.end()
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
