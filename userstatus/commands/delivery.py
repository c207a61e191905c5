"""Posting through the spool, and waiting at the end until the server has everything, or cannot be reached."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from userstatus.client.file_lock import FileLock
from userstatus.client.folders import spool_folder
from userstatus.client.holder_watch import told
from userstatus.client.poster import MAX_SPOOL_BYTES, Poster
from userstatus.client.spool import Spool
from userstatus.client.trouble import noted
from userstatus.commands.formats import counted
from userstatus.commands.http_reader import KEY_REMEDY
from userstatus.commands.outcome import DONE, FAILED, KEPT, USAGE_ERROR, CommandFailed, tell

PATIENCE_S = 10.0  # for which a server may take nothing without being given up


def folder(given: str | None) -> Path:
    """The folder of the spools. Raises CommandFailed."""
    try:
        return spool_folder() if given is None else Path(given).expanduser()
    except RuntimeError:
        raise CommandFailed("this user has no home folder: give --spool FOLDER", USAGE_ERROR) from None


class Delivery:
    """The way to one site of a server, through its spool in a folder, or one that is given.

    Raises CommandFailed.
    """

    def __init__(self, url: str | None, site: str | None, key: str | None, spools: Path):
        try:
            self.poster = Poster(url, site, key=key, spool=spools)
        except ValueError as error:
            raise CommandFailed(str(error), USAGE_ERROR) from None
        self.path = self.poster.path or spools
        self._spool = Spool(self.path, MAX_SPOOL_BYTES, tell)  # to count what the poster and others put there
        self._refused = self.refused()

    def finish(self) -> int:
        """Send what waits, as long as the server takes any of it; returns DONE, KEPT or FAILED.

        Why not, if not, is told.
        """
        done = self._flush()
        if not (self.poster.close(0.0) or done):  # a request under way may have ended meanwhile
            return self._tell_kept()
        return self._tell_refused()

    def _tell_refused(self) -> int:
        if refused := self.refused() - self._refused:
            tell(f"{counted(refused)} refused by the server: userstatus spool status says why")
            return FAILED
        return DONE

    def leave(self) -> None:
        """End at once: what is not sent waits in the spool."""
        self.poster.close(0.0)

    def waiting(self) -> int:
        """The number of messages that wait on disk, as far as that can be read, or in memory."""
        try:
            return self._spool.count() + self.poster.in_memory()
        except (sqlite3.Error, OSError):
            return self.poster.in_memory()

    def refused(self) -> int:
        try:
            return len(self._spool.refused())
        except (sqlite3.Error, OSError):
            return 0

    def _flush(self) -> bool:
        left = self.waiting()
        while not self.poster.flush(PATIENCE_S):
            before, left = left, self.waiting()
            if left >= before:
                return False
        return True

    def _tell_kept(self) -> int:
        """Tell where the messages are that the server has not confirmed: it may have those under way."""
        if in_memory := self.poster.in_memory():
            tell(f"neither kept on disk nor confirmed by the server: {counted(in_memory)}")
            return FAILED
        try:
            waiting = self._spool.count()
        except (sqlite3.Error, OSError) as error:
            tell(f"kept in {self.path}, which cannot be read now ({error}): try userstatus spool send later")
            return KEPT
        if not waiting:  # what was under way has arrived meanwhile
            return self._tell_refused()
        holder = FileLock(self.path.with_name(f"{self.path.name}.lock")).holder()
        held = f"; {told(holder)}" if holder and holder.pid != os.getpid() else ""
        trouble = noted(self.path)
        remedy = f"; if it asks for a key, {KEY_REMEDY}" if trouble and trouble.reason[:3] == "401" else ""
        tell(f"kept in the spool: {counted(waiting)}{held}; to try again: userstatus spool send{remedy}")
        return KEPT


def finish_all(deliveries: Iterable[Delivery]) -> int:
    """The exit status for all of them: that of the worst."""
    statuses = [delivery.finish() for delivery in deliveries]
    return next((status for status in (FAILED, KEPT) if status in statuses), DONE)
