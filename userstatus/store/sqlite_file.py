"""The files of an SQLite database: the database file, which must not be replaced, and the write-ahead log."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from urllib.parse import quote

from userstatus.errors import Unavailable

log = logging.getLogger(__name__)

CHECKPOINT_ATTEMPTS = 5  # to move all of the write-ahead log while others append
# On macOS, fsync() leaves data in the disk's own cache, and this flushes that as well. Elsewhere, no effect.
FLUSH_THE_DISK = "PRAGMA fullfsync=ON"
REPLACED = "the database file was deleted or replaced: put it back, or restart the service"


class File:
    """The database file. A process that has a deleted file open would go on writing to it."""

    def __init__(self, path: str):
        self.path = path
        self._opened: tuple[int, int] | None = None
        self._reported = False

    def exists(self) -> bool:
        return self._present() is not None

    def opened(self) -> None:
        """Remember which file was opened."""
        self._opened = self._opened or self._present()

    def is_same(self) -> bool:
        """Whether it is still the file that was opened first, or none has been opened."""
        return self._opened is None or self._present() == self._opened

    def check(self) -> None:
        """Check that it is still the same file (2 µs); if not, log that once. Raises Unavailable."""
        if self.is_same():
            self._reported = False
            return
        if not self._reported:
            self._reported = True
            log.error("%s: until then nothing is stored (%s)", REPLACED, self.path)
        raise Unavailable(REPLACED, error=f"{REPLACED}; nothing is stored")

    def _present(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116, called for every commit, and takes half the time of Path.stat
        except OSError:
            return None
        return found.st_dev, found.st_ino


class Checkpoints:
    """Moves the write-ahead log into the database file, so that no commit has to.

    SQLite's WAL-reset bug (https://sqlite.org/wal.html#walresetbug) needs a checkpoint that finds nothing to
    move while a commit restarts the log. So a checkpoint runs only if some process has committed something
    since the last complete one.
    """

    def __init__(self, file: File):
        self.file = file
        self._running = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._done: int | None = None  # SQLite's data version after the last complete checkpoint

    def run(self) -> bool:
        """Move all of the log, if possible; False if there is nothing new in it.

        Never creates a file, and only touches the one that was opened. Raises sqlite3.Error.
        """
        if not self.file.is_same():
            return False
        with self._running:
            try:
                self._connection = self._connection or self._connect()
                return self._move(self._connection)
            except sqlite3.Error:
                self._disconnect()
                raise

    def _connect(self) -> sqlite3.Connection:
        where = f"file:{quote(self.file.path)}?mode=rw"
        found = sqlite3.connect(where, uri=True, timeout=0, check_same_thread=False, isolation_level=None)
        found.execute(FLUSH_THE_DISK)
        return found

    def _move(self, connection: sqlite3.Connection) -> bool:
        if _data_version(connection) == self._done:
            return False
        for _ in range(CHECKPOINT_ATTEMPTS):
            _, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if frames == moved:
                # A commit made since the checkpoint ended counts as moved, and stays until the next one. That
                # is better than a checkpoint that may find nothing to move.
                self._done = _data_version(connection)
                break
        return True

    def close(self) -> None:
        """Close the connection, unless it is in use at this moment."""
        if self._running.acquire(blocking=False):
            self._disconnect()
            self._running.release()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = self._done = None


def _data_version(connection: sqlite3.Connection) -> int:
    """A number that changes when another connection commits something."""
    version: int = connection.execute("PRAGMA data_version").fetchone()[0]
    return version


def has_wal_reset_bug(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite may, in rare cases, lose commits (https://sqlite.org/wal.html#walresetbug).

    The bug was introduced in 3.7.0 and fixed in 3.51.3, 3.50.7 and 3.44.6.
    """
    fixed = {44: 6, 50: 7}  # patch releases of older lines
    _, minor, patch = version
    return (3, 7, 0) <= version < (3, 51, 3) and not (minor in fixed and patch >= fixed[minor])
