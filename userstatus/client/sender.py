"""The thread that sends what waits, in order, until the server has it. Of several processes, one sends."""

from __future__ import annotations

import os
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

from userstatus.client import trouble
from userstatus.client.bodies import body, report
from userstatus.client.complaints import Complaints
from userstatus.client.destination import Destination, Later, Refused
from userstatus.client.file_lock import FileLock
from userstatus.client.spool import WARNING, Spool, Waiting
from userstatus.message import MAX_MESSAGES

LOOK_S = 0.25  # between two looks for what other processes have put into the spool
MIN_PAUSE_S, MAX_PAUSE_S = 0.5, 60.0  # before a server that failed is asked again; doubled each time
EXPIRY_S = 30.0  # between two looks for messages that are too old
CLOCK_JUMP_S = 60.0  # by which the clock may be set without putting off the next such look
SPOOL_TROUBLE_S = 5.0  # after which a spool is tried again that cannot be read or written
FEW = 20  # messages that are sent to see whether a server that failed is back
SENDING = "sending"


class Sender:
    """Sends what waits in `spools` to `destination`; forgets what is older than `max_age` seconds.

    A spool in a file is left to whichever process has `lock`; one in memory is this process's own. The thread
    is a daemon, which starts with `wake`, after a fork as well. `wake` may be called by signal handlers while
    their thread is in here, and `end` by finalizers.
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
            wanted = list(self._waiting())
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
            run.wake_up()
            run.thread.join(max(0.0, deadline - time.monotonic()))
        return done

    def _waiting(self) -> Iterator[tuple[Spool, int]]:
        """The spools that can be read, and the last message that waits there now."""
        for spool in self.spools:
            with suppress(sqlite3.Error, OSError):
                yield spool, spool.last_id()

    def _running(self) -> _Run:
        """The thread of this process, started if need be. Raises RuntimeError if the interpreter ends."""
        run = self._run
        if run is not None and run.is_usable():
            return run
        if run is not None and run.pid != os.getpid():
            self._starting = threading.RLock()  # another thread may have held it when this process was forked
        with self._starting:
            if self._run is None or not self._run.is_usable():
                self._run = _Run(self, self._run)
            return self._run


class SendingThread(threading.Thread):
    """A thread of any Sender. What is logged in it must not be sent, as that would never come to an end."""

    @staticmethod
    def is_current() -> bool:
        """Whether the caller is in such a thread, whoever's it is."""
        return isinstance(threading.current_thread(), SendingThread)


class _Run:
    """One run of the thread, in one process, which begins when the `previous` one has ended."""

    def __init__(self, sender: Sender, previous: _Run | None):
        self.sender = sender
        self.pid = os.getpid()
        self.failures = 0  # in all
        self.ending = False
        self._previous: threading.Thread | None = (
            previous.thread if previous and previous.pid == self.pid else None
        )
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()  # signal handlers may use it, unlike Event
        self._failures_in_a_row = 0
        self._hurry = threading.Event()
        self._not_before = 0.0  # as the server has asked for, by the monotonic clock
        self._next_expiry = 0.0  # when to look for what is too old, by the monotonic clock
        self._clock = time.time() - time.monotonic()
        self._troubled: dict[Spool, float] = {}  # until when not to try a spool, by the monotonic clock
        self.thread: threading.Thread = SendingThread(
            target=self._loop, name="userstatus sender", daemon=True
        )
        self.thread.start()

    def is_usable(self) -> bool:
        return self.pid == os.getpid() and self.thread.is_alive() and not self.ending

    def tell_news(self) -> None:
        """Have the thread look for what waits now."""
        if self._news.empty():
            self._news.put(None)

    def hurry(self) -> None:
        """Do not wait for the end of a pause, unless the server has asked for it."""
        self._troubled.clear()
        self.wake_up()

    def wake_up(self) -> None:
        """Have the thread end what it waits for."""
        self._hurry.set()
        self.tell_news()

    def _loop(self) -> None:
        if self._previous is not None:
            self._previous.join()
            self._previous = None
        try:
            while True:
                ending = self.ending  # what was put before that was so is still attempted
                pause = self._attempt()
                self._tidy()
                if ending:
                    break
                if pause is None:
                    self._await_news()
                else:
                    self._let_others_try()
                    self._rest(pause)
                    if self.ending:
                        break
                self._hurry.clear()
        finally:
            self.sender.lock.release()
            for spool in self.sender.spools:
                spool.close()

    def _let_others_try(self) -> None:
        """Give the lock back, unless the server asked for a pause: another process may have the right key."""
        if time.monotonic() >= self._not_before:
            self.sender.lock.release()

    def _await_news(self) -> None:
        with suppress(queue.Empty):
            self._news.get(timeout=LOOK_S)

    def _attempt(self) -> float | None:
        """Send all that waits; returns the seconds after which to try again, None if the server has it."""
        for spool in self.sender.spools:
            if self._troubled.get(spool, 0.0) > time.monotonic():
                continue
            try:
                failed = self._send_all(spool) if self._may_send(spool) else None
            except Exception as error:  # whatever it is, what waits elsewhere is sent
                where = spool.path or "memory"
                what = f"cannot send what waits in {where} now, trying again: {error}"
                self.sender.complaints.tell(f"spool {where}", what)
                self._troubled[spool] = time.monotonic() + SPOOL_TROUBLE_S
            else:
                if failed is not None:
                    self.failures += 1
                    return self._pause(failed)
        return None

    def _may_send(self, spool: Spool) -> bool:
        return spool.path is None or self.sender.lock.acquire()

    def _send_all(self, spool: Spool) -> Later | None:
        while True:
            while batch := spool.batch(time.time(), FEW if self._failures_in_a_row else MAX_MESSAGES):
                failed = self._deliver(spool, batch)
                if failed is not None:
                    where = spool.path or "memory"
                    self.sender.complaints.tell(SENDING, f"{failed.reason}; messages wait in {where}")
                    url = self.sender.destination.url
                    trouble.note(spool.path, trouble.Trouble(url, failed.reason, time.time()))
                    return failed
                trouble.over(spool.path)
                self._failures_in_a_row = 0
                self.sender.complaints.over(SENDING, "messages are sent again")
                spool.checkpoint()
            if not self._report_drops(spool):
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

    def _report_drops(self, spool: Spool) -> bool:
        """Have a message sent that tells what was dropped; returns whether anything was."""
        now, site = time.time(), self.sender.destination.site
        return spool.tell_dropped(lambda dropped: body(site, report(dropped), "warning", now), WARNING, now)

    def _pause(self, failed: Later) -> float:
        """The seconds before the next attempt: what the server asks for, or more each time, with jitter."""
        growing = MIN_PAUSE_S * 2.0 ** min(self._failures_in_a_row, 10)
        self._failures_in_a_row += 1
        if failed.pause is not None:
            self._not_before = time.monotonic() + failed.pause
            return failed.pause + random.uniform(0, MIN_PAUSE_S)  # nosec B311 # no secret
        return min(growing, MAX_PAUSE_S) * random.uniform(0.5, 1)  # nosec B311 # no secret

    def _rest(self, pause: float) -> None:
        """Wait for some seconds, or until there is a hurry and the server has not asked for a pause."""
        end = time.monotonic() + pause
        while (left := end - time.monotonic()) > 0:
            hurries = self._hurry.wait(min(left, LOOK_S))
            if self.ending or (hurries and time.monotonic() >= self._not_before):
                return
            if hurries:
                self._hurry.clear()
                self.failures += 1
            self._tidy()

    def _tidy(self) -> None:
        """Keep write-ahead logs short, and drop what is too old.

        If the clock was set, nothing is too old until what waits now is so by any clock.
        """
        now, clock = time.monotonic(), time.time() - time.monotonic()
        if abs(clock - self._clock) >= CLOCK_JUMP_S:
            self._next_expiry = now + self.sender.max_age
        self._clock = clock
        expires = now >= self._next_expiry
        if expires:
            self._next_expiry = now + EXPIRY_S
        with suppress(sqlite3.Error, OSError):  # told when something is to be sent
            for spool in self.sender.spools:
                spool.checkpoint()
                if expires:
                    spool.expire(now + clock - self.sender.max_age)


def _any_waits(wanted: Sequence[tuple[Spool, int]]) -> bool:
    """Whether a message still waits in one of the spools that is not newer than the one of the id."""
    return any(spool.has_until(id) for spool, id in wanted)
