"""A lock that one of several processes holds, until it gives it back, ends or is killed."""

from __future__ import annotations

import os
import sys
import weakref
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


class FileLock:
    """A lock on the file `path`, which is made if need be. A forked process does not inherit it."""

    def __init__(self, path: Path):
        self.path = path
        self._file: int | None = None
        if hasattr(os, "register_at_fork"):
            this = weakref.ref(self)  # what is registered there is never forgotten
            os.register_at_fork(after_in_child=lambda: _forget(this()))

    def acquire(self) -> bool:
        """Take the lock if no other process has it; returns whether this one has it now.

        It is also given where the file cannot be opened: nothing can be shared there.
        """
        if self._file is not None:
            return True
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return True
        try:
            _lock(file)
        except OSError:
            os.close(file)
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back, if this process has it, even if one that was just forked has a copy of it."""
        if self._file is not None:
            with suppress(OSError):
                _unlock(self._file)
        self.forget()

    def forget(self) -> None:
        """Close the file: of a lock that is shared with another process, this one's share ends."""
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                os.close(file)


def _forget(lock: FileLock | None) -> None:
    """Close the forked process's copy of the file, without which the lock would outlive its owner."""
    if lock is not None:
        lock.forget()
