"""The thread that sends what waits, in order, until the server has it. Of several processes, one sends."""

from __future__ import annotations

import os
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from userstatus.client import trouble
from userstatus.client.bodies import body, report
from userstatus.client.destination import Later, Refused
from userstatus.client.holder_watch import HolderWatch
from userstatus.client.spool import WARNING, Spool, Waiting
from userstatus.message import MAX_MESSAGES

if TYPE_CHECKING:
    from userstatus.client.sender import Sender

LOOK_S = 0.25  # between two looks for what other processes have put into the spool
MIN_PAUSE_S, MAX_PAUSE_S = 0.5, 60.0  # before a server that failed is asked again; doubled each time
EXPIRY_S = 30.0  # between two looks for messages that are too old
CLOCK_JUMP_S = 60.0  # by which the clock may be set without putting off the next such look
SPOOL_TROUBLE_S = 5.0  # after which a spool is tried again that cannot be read or written
RESTORE_S = 0.5  # between two attempts at moving messages from memory to disk
FEW = 20  # messages that are sent to see whether a server that failed is back
SENDING = "sending"


class SendingThread(threading.Thread):
    """A thread of any Sender. What is logged in it must not be sent, as that would never come to an end."""

    @staticmethod
    def is_current() -> bool:
        """Whether the caller is in such a thread, whoever's it is."""
        return isinstance(threading.current_thread(), SendingThread)


class Run:
    """One run of the thread, in one process, which begins when the `previous` one has ended."""

    def __init__(self, sender: Sender, previous: Run | None):
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
        self._next_restore = 0.0  # when to try to move messages from memory to disk, by the monotonic clock
        self._before_memory: int | None = None  # the last message on disk that is before those in memory
        self._watch = HolderWatch(sender.keeper.disk.path, sender.lock, sender.complaints)
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
            for spool in self.sender.keeper.spools:
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
        self._restore()
        for spool in self.sender.keeper.spools:
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

    def _restore(self) -> None:
        """Move what waits in memory to disk, if that takes messages again."""
        keeper = self.sender.keeper
        if keeper.is_on_detour and (self.ending or time.monotonic() >= self._next_restore):
            if keeper.restore():
                self._before_memory = None  # what is in memory next is after all that
            self._next_restore = time.monotonic() + RESTORE_S

    def _may_send(self, spool: Spool) -> bool:
        if spool.path is None:
            return self._is_turn_of_memory(spool)
        if self.sender.lock.acquire():
            self._watch.over()
            return True
        self._watch.look(spool.first_id(), time.monotonic())
        return False

    def _is_turn_of_memory(self, memory: Spool) -> bool:
        """Whether everything on disk is sent that was logged before what is in memory, or cannot be read.

        As this ends, messages in memory are rather sent out of order than lost.
        """
        disk = self.sender.keeper.disk
        if self.ending or self.sender.is_closing or disk is memory:
            return True
        if not memory.count():
            self._before_memory = None
            return True
        try:
            if self._before_memory is None:
                self._before_memory = disk.last_id()
            return not disk.has_until(self._before_memory)
        except (sqlite3.Error, OSError):
            return True

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
                with suppress(sqlite3.Error, OSError):
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
        """Move to disk what is in memory, keep write-ahead logs short, and drop what is too old.

        If the clock was set, nothing is too old until what waits now is so by any clock.
        """
        now, clock = time.monotonic(), time.time() - time.monotonic()
        if abs(clock - self._clock) >= CLOCK_JUMP_S:
            self._next_expiry = now + self.sender.max_age
        self._clock = clock
        expires = now >= self._next_expiry
        if expires:
            self._next_expiry = now + EXPIRY_S
        self._restore()
        for spool in self.sender.keeper.spools:
            with suppress(sqlite3.Error, OSError):  # told when something is to be sent
                spool.forget(0.0)
                spool.checkpoint()
                if expires:
                    spool.expire(now + clock - self.sender.max_age)
