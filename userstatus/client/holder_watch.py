"""Tells of another process that has a spool to send, and does not send it."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from userstatus.client.complaints import Complaints
from userstatus.client.file_lock import FileLock, Holder
from userstatus.client.trouble import noted

HELD_S = 30.0  # longer than a request takes at most
HELD = "held"


class HolderWatch:
    """Watches whether what waits in the spool `path` is sent while another process has its `lock`."""

    def __init__(self, path: Path | None, lock: FileLock, complaints: Complaints):
        self._path = path
        self._lock = lock
        self._complaints = complaints
        self._first = 0  # the id of the next message when this looked last
        self._since = 0.0  # by the monotonic clock

    def look(self, first: int, now: float) -> None:
        """Take note of the id of the next message, 0 for none, at a time of the monotonic clock."""
        if first != self._first:
            self.over()
            self._first, self._since = first, now
        elif first and now - self._since >= HELD_S:
            who = told(self._lock.holder())
            trouble = self._path and noted(self._path)
            why = f" ({trouble.reason})" if trouble else ""
            what = f"has sent nothing for {HELD_S:g} seconds{why}: if it is stopped, resume it or end it"
            self._complaints.tell(HELD, f"{who} and {what}; messages wait in {self._path}")

    def over(self) -> None:
        """The message was sent, or this process may send it."""
        self._first = 0
        self._complaints.over(HELD, f"what waits in {self._path} is sent again")


def told(holder: Holder | None) -> str:
    """The beginning of a sentence about the process that has a spool to send, None if it is not known."""
    if holder is None:
        return "another process has the spool to send"
    since = datetime.fromtimestamp(holder.since, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f"process {holder.pid} has had the spool to send since {since}"
