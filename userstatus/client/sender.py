"""The thread that sends what waits, in order, until the server has it. Of several processes, one sends."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from userstatus.client.bodies import body, report
from userstatus.client.complaints import Complaints
from userstatus.client.destination import Destination, Later, Refused
from userstatus.client.file_lock import FileLock
from userstatus.client.spool import WARNING, Spool, Waiting

LOOK_S = 0.25  # between two looks for what other processes have put into the spool
MIN_PAUSE_S, MAX_PAUSE_S = 0.5, 60.0  # before a server that failed is asked again; doubled each time
EXPIRY_S = 30.0  # between two looks for messages that are too old
CLOCK_JUMP_S = 60.0  # by which the clock may be set without making everything too old
SENDING = "sending"


class Sender:
    """Sends what waits in `spools` to `destination`; forgets what is older than `max_age` seconds.

    A spool in a file is left to whichever process has `lock`; one in memory is this process's own. The thread
    is a daemon, which starts with `wake`, after a fork as well.
    """

    def __init__(
        self,
        destination: Destination,
        spools: Sequence[Spool],
        lock: FileLock,
        max_age: float,
        complaints: Complaints,
    ):
        self.destination = destination
        self.spools = spools
        self.lock = lock
        self.max_age = max_age
        self.complaints = complaints
        self._run: _Run | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Have the thread send what waits now, unless the server has failed just now."""
        with suppress(RuntimeError):  # the interpreter is ending: what waits stays in the spool
            self._running().news.set()

    def is_this_thread(self) -> bool:
        """Whether the caller is the thread that sends, whose own log records would never come to an end."""
        run = self._run
        return run is not None and run.thread.ident == threading.get_ident()

    def flush(self, timeout: float) -> bool:
        """Wait until all that waits now is sent; returns whether it is.

        Returns as soon as an attempt fails, and after `timeout` seconds at the latest.
        """
        deadline = time.monotonic() + timeout
        with suppress(sqlite3.Error, OSError, RuntimeError):
            wanted = [(spool, spool.last_id()) for spool in self.spools]
            if not _any_waits(wanted):
                return True
            run = self._running()
            failures = run.failures
            run.hurry()
            while run.failures == failures and time.monotonic() < deadline:
                if not _any_waits(wanted):
                    return True
                time.sleep(0.005)
        return False

    def end(self) -> None:
        """Have the thread end once nothing waits or an attempt fails. Takes no lock: finalizers call this."""
        if self._run is not None:
            self._run.ending = True

    def close(self, timeout: float) -> bool:
        """Flush and end the thread, within `timeout` seconds; returns whether all is sent."""
        deadline = time.monotonic() + timeout
        done = self.flush(timeout)
        self.end()
        run = self._run
        if run is not None and run.pid == os.getpid() and not self.is_this_thread():
            run.news.set()
            run.thread.join(max(0.0, deadline - time.monotonic()))
        return done

    def _running(self) -> _Run:
        """The thread of this process, started if need be. Raises RuntimeError if the interpreter ends."""
        run = self._run
        if run is not None and run.is_usable():
            return run
        if run is not None and run.pid != os.getpid():
            self._starting = threading.Lock()  # another thread may have held it when this process was forked
        with self._starting:
            if self._run is None or not self._run.is_usable():
                self._run = _Run(self)
            return self._run


class _Run:
    """One run of the thread, in one process."""

    def __init__(self, sender: Sender):
        self.sender = sender
        self.pid = os.getpid()
        self.news = threading.Event()
        self.failures = 0  # in all
        self.ending = False
        self._failures_in_a_row = 0
        self._hurry = threading.Event()
        self._not_before = 0.0  # as the server has asked for, by the monotonic clock
        self._expired = 0.0  # when what is too old was last looked for, by the monotonic clock
        self._clock = time.time() - time.monotonic()
        self.thread = threading.Thread(target=self._loop, name="userstatus sender", daemon=True)
        self.thread.start()

    def is_usable(self) -> bool:
        return self.pid == os.getpid() and self.thread.is_alive() and not self.ending

    def hurry(self) -> None:
        """Do not wait for the end of a pause, unless the server has asked for it."""
        if time.monotonic() < self._not_before:
            self.failures += 1
            return
        self._hurry.set()
        self.news.set()

    def _loop(self) -> None:
        while True:
            pause = self._attempt()
            if pause is None:
                if self.ending:
                    break
                self._tidy()
                self.news.wait(LOOK_S)
                self.news.clear()
            else:
                self.failures += 1
                if self.ending:
                    break
                self._rest(pause)
            self._hurry.clear()
        self.sender.lock.release()

    def _attempt(self) -> float | None:
        """Send all that waits; returns the seconds after which to try again, None if all is sent."""
        try:
            for spool in self.sender.spools:
                if spool.path is None or self.sender.lock.acquire():
                    failed = self._send_all(spool)
                    if failed is not None:
                        return self._pause(failed)
        except Exception as error:  # whatever it is, messages wait, and must not wait for ever
            self.sender.complaints.tell(SENDING, f"cannot send what waits, trying again: {error!r}")
            return self._pause(Later(""))
        self._failures_in_a_row = 0
        return None

    def _send_all(self, spool: Spool) -> Later | None:
        while batch := spool.batch(time.time()):
            failed = self._deliver(spool, batch)
            if failed is not None:
                where = spool.path or "memory"
                self.sender.complaints.tell(SENDING, f"{failed.reason}; messages wait in {where}")
                return failed
            self._failures_in_a_row = 0
            self.sender.complaints.over(SENDING, "messages are sent again")
            self._report_drops(spool)
        return None

    def _deliver(self, spool: Spool, messages: Sequence[Waiting]) -> Later | None:
        """Send messages; those that are refused together are sent in ever smaller parts."""
        answer = self.sender.destination.post([each.body for each in messages])
        if isinstance(answer, Later):
            return answer
        if not isinstance(answer, Refused):
            spool.sent(messages)
        elif len(messages) == 1:
            spool.refuse(messages[0], answer.reason, time.time())
            what = f"a message is refused and set aside (userstatus spool status): {answer.reason}"
            self.sender.complaints.tell(f"refused {answer.reason}", what)
        else:
            middle = len(messages) // 2
            return self._deliver(spool, messages[:middle]) or self._deliver(spool, messages[middle:])
        return None

    def _report_drops(self, spool: Spool) -> None:
        if dropped := spool.dropped():
            now = time.time()
            content = body(self.sender.destination.site, report(dropped), "warning", now)
            spool.told(content, WARNING, now)

    def _pause(self, failed: Later) -> float:
        """The seconds before the next attempt: what the server asks for, or more each time, with jitter."""
        growing = MIN_PAUSE_S * 2.0 ** min(self._failures_in_a_row, 10)
        self._failures_in_a_row += 1
        if failed.pause is not None:
            self._not_before = time.monotonic() + failed.pause
            return failed.pause + random.uniform(0, MIN_PAUSE_S)
        return min(growing, MAX_PAUSE_S) * random.uniform(0.5, 1)

    def _rest(self, pause: float) -> None:
        """Wait for some seconds, or until there is a hurry."""
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0 and not self._hurry.wait(min(left, LOOK_S)):
            self._tidy()

    def _tidy(self) -> None:
        """Keep write-ahead logs short, and drop what is too old, unless that is because the clock was set."""
        now, age = time.monotonic(), self.sender.max_age
        expires = now - self._expired >= EXPIRY_S and abs(time.time() - now - self._clock) < CLOCK_JUMP_S
        with suppress(sqlite3.Error, OSError):  # told when something is to be sent
            for spool in self.sender.spools:
                spool.checkpoint()
                if expires:
                    spool.expire(time.time() - age)
                    self._expired = now


def _any_waits(wanted: Sequence[tuple[Spool, int]]) -> bool:
    """Whether a message still waits in one of the spools that is not newer than the one of the id."""
    return any(spool.has_until(id) for spool, id in wanted)
