"""A lock that one of several processes holds, until it gives it back, ends or is killed."""

from __future__ import annotations

import os
import sys
import time
import weakref
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

LOCKED_BYTE = 4096  # on Windows, nobody else can read it, so it is not one of those that tell the holder

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        os.lseek(file, LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def _unlock(file: int) -> None:
        os.lseek(file, LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


class Holder(NamedTuple):
    """The process that has a lock, and since when (unix seconds)."""

    pid: int
    since: float


class FileLock:
    """A lock on the file `path`, which is made if need be. A forked process does not inherit it.

    The file tells which process has taken it last, and when.
    """

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
        with suppress(OSError):  # such as that of a full disk
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, f"{os.getpid()} {time.time():.3f}\n".encode("ascii").ljust(40))
        return True

    def holder(self) -> Holder | None:
        """Which other process has the lock; None if none has it, or it cannot be told."""
        if self._file is not None:
            return None
        try:
            file = os.open(self.path, os.O_RDWR)
        except OSError:
            return None
        try:
            _lock(file)
        except OSError:
            return _told_by(file)
        else:
            return None
        finally:
            os.close(file)  # which gives back the lock, too

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


def _told_by(file: int) -> Holder | None:
    try:
        os.lseek(file, 0, os.SEEK_SET)
        pid, since = os.read(file, 100).split()
        return Holder(int(pid), float(since))
    except (OSError, ValueError):
        return None


def _forget(lock: FileLock | None) -> None:
    """Close the forked process's copy of the file, without which the lock would outlive its owner."""
    if lock is not None:
        lock.forget()
