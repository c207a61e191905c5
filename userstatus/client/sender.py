"""Sending what waits: the thread that does it is started, asked to hurry, waited for and ended here."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from userstatus.client.complaints import Complaints
from userstatus.client.destination import Destination
from userstatus.client.file_lock import FileLock
from userstatus.client.keeper import Keeper
from userstatus.client.sending import Run
from userstatus.client.spool import Spool
from userstatus.client.spool_file import is_locked

STEP_S = 0.005  # between two looks whether everything is sent


class Sender:
    """Sends what `keeper` keeps to `destination`; forgets what is older than `max_age` seconds.

    A spool in a file is left to whichever process has `lock`; one in memory is this process's own. The thread
    is a daemon, which starts with `wake`, after a fork as well. `wake` may be called by signal handlers while
    their thread is in here, and `end` by finalizers.
    """

    def __init__(
        self,
        destination: Destination,
        keeper: Keeper,
        lock: FileLock,
        max_age: float,
        complaints: Complaints,
    ):
        self.destination = destination
        self.keeper = keeper
        self.lock = lock
        self.max_age = max_age
        self.complaints = complaints
        self.is_closing = False
        self._run: Run | None = None
        self._starting = threading.RLock()

    def wake(self) -> None:
        """Have the thread send what waits now, unless the server has failed just now."""
        with suppress(RuntimeError):  # the interpreter is ending: what waits stays in the spool
            self._running().tell_news()

    def is_this_thread(self) -> bool:
        """Whether the caller is the thread that sends for this object now."""
        run = self._run
        return run is not None and run.thread.ident == threading.get_ident()

    def flush(self, timeout: float) -> bool:
        """Wait until all that waits now is sent; returns whether it is.

        Returns as soon as an attempt fails, and after `timeout` seconds at the latest.
        """
        deadline = time.monotonic() + timeout
        with suppress(sqlite3.Error, OSError, RuntimeError):
            moves, wanted = self._wanted(deadline)
            if not _any_waits(wanted, deadline):
                return True
            run = self._running()
            failures = run.failures
            run.hurry()
            while run.failures == failures and time.monotonic() < deadline:
                if not _any_waits(wanted, deadline):
                    if self.keeper.moves == moves:
                        return True
                    moves, wanted = self._wanted(deadline)
                time.sleep(STEP_S)
        return False

    def end(self) -> None:
        """Have the thread end once nothing waits or an attempt fails. Takes no lock: finalizers call this."""
        if self._run is not None:
            self._run.ending = True

    def close(self, timeout: float) -> bool:
        """Flush and end the thread, within `timeout` seconds; returns whether all is sent."""
        deadline = time.monotonic() + timeout
        self.is_closing = True
        done = self.flush(timeout)
        self.is_closing = False
        self.end()
        run = self._run
        if run is not None and run.pid == os.getpid() and not self.is_this_thread():
            run.wake_up()
            run.thread.join(_left(deadline))
            self.keeper.restore()  # what the thread could not send
        return done

    def _wanted(self, deadline: float) -> tuple[int, list[tuple[Spool, int]]]:
        """How often messages were moved so far, and the last message that waits now in each spool."""
        return self.keeper.moves, [(spool, _last_id(spool, deadline)) for spool in self.keeper.spools]

    def _running(self) -> Run:
        """The thread of this process, started if need be. Raises RuntimeError if the interpreter ends."""
        run = self._run
        if run is not None and run.is_usable():
            return run
        if run is not None and run.pid != os.getpid():
            self._starting = threading.RLock()  # another thread may have held it when this process was forked
        with self._starting:
            if self._run is None or not self._run.is_usable():
                self._run = Run(self, self._run)
            return self._run


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _last_id(spool: Spool, deadline: float) -> int:
    """The last message that waits, none if the spool cannot be read, any if not in time."""
    try:
        return spool.last_id(_left(deadline))
    except (sqlite3.Error, OSError) as error:
        return sys.maxsize if is_locked(error) else 0


def _any_waits(wanted: Sequence[tuple[Spool, int]], deadline: float) -> bool:
    """Whether a message still waits in one of the spools that is not newer than the one of the id."""
    return any(id and _waits(spool, id, deadline) for spool, id in wanted)


def _waits(spool: Spool, id: int, deadline: float) -> bool:
    try:
        return spool.has_until(id, min(STEP_S, _left(deadline)))
    except sqlite3.OperationalError as error:
        if is_locked(error):
            return True
        raise
