"""A handler for `logging`: records are on disk before the log call returns, and are sent from there."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress

from userstatus.client.poster import EXIT_S, MAX_AGE_S, MAX_SPOOL_BYTES, Poster
from userstatus.client.sending import SendingThread


class UserStatusHandler(logging.Handler):
    """Posts log records to a site of a userstatus server; the arguments are those of `Poster`.

    A record's time is that of the event, its level goes by the number, and its text, with any traceback, is
    made by the formatter. `extra={"next_within": 600}` in a log call promises another message within so many
    seconds.
    """

    def __init__(
        self,
        url: str | None = None,
        site: str | None = None,
        *,
        key: str | None = None,
        spool: str | os.PathLike[str] | None = None,
        level: int | str = logging.INFO,
        synchronous: str = "NORMAL",
        max_bytes: int = MAX_SPOOL_BYTES,
        max_age: float = MAX_AGE_S,
    ):
        # First of all: a handler without one, if this fails, would still be closed as the program ends.
        self.poster = Poster(
            url,
            site,
            key=key,
            spool=spool,
            synchronous=synchronous,
            max_bytes=max_bytes,
            max_age=max_age,
        )
        self._thread = threading.local()
        super().__init__(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record into the spool; any error is reported as `logging` does it, and goes no further."""
        if SendingThread.is_current():
            return
        try:
            self.poster.send(
                self.format(record),
                record.levelno,
                timestamp=record.created,
                next_within=getattr(record, "next_within", None),
            )
        except Exception:
            self._report(record)

    def _report(self, record: logging.LogRecord) -> None:
        """Report an error once, also where standard error is logged, and so would report itself for ever."""
        if not getattr(self._thread, "reports", False):
            self._thread.reports = True
            try:
                with suppress(Exception):  # such as that of a standard error that is closed
                    self.handleError(record)
            finally:
                self._thread.reports = False

    def flush(self, timeout: float = EXIT_S) -> bool:  # type: ignore[override]
        """Wait until everything is sent, for `timeout` seconds at most; returns whether it is."""
        return self.poster.flush(timeout)

    def close(self, timeout: float = EXIT_S) -> None:
        """Send what waits, for `timeout` seconds at most, and end the thread; what is left waits on disk."""
        self.poster.close(timeout)
        super().close()
