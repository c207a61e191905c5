"""Where messages are kept: on disk, or in memory while that takes nothing, and from there on disk again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from userstatus.client.complaints import Complaints
from userstatus.client.spool import Spool, Waiting

MOVE_S = 0.02  # that moving messages may wait for the disk
FEW = 100  # messages that are moved while log calls wait
PATIENCE_S = 5.0  # for other threads, which only take moments: rather late than lost


class Keeper:
    """Keeps messages in `disk`, or in `memory` from the first one on that `disk` does not take in time.

    Then nothing more is put on disk until the thread that sends has moved all there, by `restore`, or sent
    it: so no call waits for the disk again, and messages stay in order. `memory` is the same as `disk` where
    there is no place for a file. `moves` counts how often messages were moved.
    """

    def __init__(self, disk: Spool, memory: Spool, complaints: Complaints):
        self.disk = disk
        self.memory = memory
        self.spools: Sequence[Spool] = [disk] if disk is memory else [disk, memory]
        self.moves = 0
        self._complaints = complaints
        self._detour: int | None = None  # the process whose messages go to memory; not those it forks

    @property
    def is_on_detour(self) -> bool:
        """Whether messages go to memory now, although there is a disk."""
        return self._detour == os.getpid()

    def put(self, body: str, level: int, logged_at: float) -> None:
        """Keep a message, given as the JSON object to send, that is logged now (unix seconds)."""
        if self.is_on_detour:
            with self.memory.held(PATIENCE_S):  # so that the detour does not end meanwhile
                if self.is_on_detour:
                    self.memory.put(body, level, logged_at)
                    return
        try:
            self.disk.put(body, level, logged_at)
        except (sqlite3.Error, OSError) as error:
            with self.memory.held(PATIENCE_S):
                self._detour = os.getpid()
                self.memory.put(body, level, logged_at)
            what = "they are kept in memory until they are sent, and lost if this program ends before"
            self._complaints.tell("disk", f"cannot keep messages in {self.disk.path} ({error}): {what}")
        else:
            self._complaints.over("disk", f"messages are kept in {self.disk.path} again")

    def restore(self) -> bool:
        """Move what is in memory to the disk, and put what comes there again; returns whether that is so."""
        try:
            while self.is_on_detour:
                messages = self.memory.batch(0.0)
                if len(messages) > FEW:
                    self._move(messages)
                else:
                    with self.memory.held(PATIENCE_S):
                        self._move(self.memory.batch(0.0))
                        if not self.memory.count():
                            self._detour = None
        except (sqlite3.Error, OSError):
            return False
        return True

    def _move(self, messages: Sequence[Waiting]) -> None:
        """Move messages from memory to the disk; if there are none, find out whether that is locked."""
        self.disk.put_all(messages, MOVE_S)
        if messages:
            self.moves += 1
            self.memory.sent(messages)
