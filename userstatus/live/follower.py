"""The follower: reads the tail of the log and hands on every message. Nobody else delivers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from userstatus import eventloop
from userstatus.errors import Unavailable
from userstatus.message import Cursor, Message
from userstatus.store.reader import AnotherLog, Reader

log = logging.getLogger(__name__)

POLL_S = 2.0  # after which to read even though nobody has woken it up
PAGE = 500  # messages of a backlog that are read at a time
SHORT_PAUSE_S = 0.005
MAX_LAG_S = 4.0  # that a viewer waits for this process to read as far as it has seen already
RETRY_S = 0.5  # after which to ask again a database that does not answer


class Position(NamedTuple):
    """Where a viewer continues in the log: after `id`.

    `gap`: part of what it missed has expired, or its cursor is of another log. Then `replaced` is true as
    well, and the same id may belong to different messages in the two.
    """

    id: int
    gap: bool
    replaced: bool


class Follower:
    """One for each log in a process. It reads on when `wake_up` is set, and calls every listener with every
    message; `cursor` is that of the last message delivered.

    Listeners must not wait: between the check of a cursor and the start of a subscription nothing may arrive.

    If the log turns out to be another one, or to have lost its end, as after a failover to a database that
    was behind, `reload(end)` is called, and then `disconnect()`, which is to make all viewers resume.
    `generation` counts how often that has happened.
    """

    def __init__(
        self,
        reader: Reader,
        wake_up: threading.Event,
        listeners: Sequence[Callable[[Message], None]],
        reload: Callable[[Cursor], None] = lambda _: None,
        disconnect: Callable[[], None] = lambda: None,
    ):
        self.reader = reader
        self.wake_up = wake_up
        self.listeners = listeners
        self.reload = reload
        self.disconnect = disconnect
        self.cursor = Cursor(0)
        self.generation = 0

    def open(self) -> Cursor:
        """Take the present end of the log for the cursor, and return it. Raises Unavailable."""
        self.cursor = self.reader.open()
        return self.cursor

    def start(self) -> None:
        """Follow the log from the cursor on."""
        eventloop.spawn(self._follow)

    def locate(self, sites: Collection[str], cursor: Cursor) -> Position:
        """Where viewers of the sites continue that come with the cursor. Raises Unavailable.

        The result holds for the log that is followed at the end of the call, whatever happened meanwhile.
        """
        while True:
            generation = self.generation
            id, replaced = self.reader.locate(cursor)
            position = Position(id, replaced or self.reader.gap(sites, id), replaced)
            if generation == self.generation:
                return position

    def missed(self, sites: Collection[str], last: int) -> Iterator[Message]:
        """What viewers of the sites missed after the id, oldest first. Raises Unavailable.

        When it ends, the viewer is level with the follower: if it then subscribes without waiting for
        anything, it gets every later message, and none twice.
        """
        deadline = time.monotonic() + MAX_LAG_S
        while last > self.cursor.id:
            if time.monotonic() > deadline:
                raise Unavailable(f"this process has not read as far as {last}")
            time.sleep(SHORT_PAUSE_S)  # the viewer comes from a process that was slightly faster
        while last < self.cursor.id:
            up_to_id = self.cursor.id
            page = self.reader.backlog(sites, last, up_to_id, PAGE)
            yield from page
            last = page[-1].id if len(page) == PAGE else up_to_id

    def is_level(self) -> bool:
        """Whether everything that is committed has been delivered. Raises Unavailable."""
        return self.cursor.id >= self.reader.end().id

    def _follow(self) -> None:
        while True:
            self.wake_up.wait(POLL_S)
            self.wake_up.clear()
            try:
                self._read_on()
            except Exception as error:  # it is the only one that delivers: whatever it is, it goes on
                reason = error.reason if isinstance(error, Unavailable) else repr(error)
                log.warning("the log cannot be read, trying again: %s", reason)
                time.sleep(RETRY_S)
                self.wake_up.set()

    def _read_on(self) -> None:
        """Deliver up to the end of the log. What is committed after the last page wakes it up again."""
        while True:
            try:
                page = self.reader.after(self.cursor, PAGE)
            except AnotherLog:
                self._start_over()
                continue
            self._deliver_all(page)
            if len(page) < PAGE:
                return

    def _start_over(self) -> None:
        """Follow another log from its end on, and have every viewer resume in it."""
        end = self.reader.open()
        self.reload(end)
        log.warning(
            "the log has been replaced: message %d, the last one delivered, is not in it, and it ends at %d."
            " The database was restored, or has failed over to one that was behind. All viewers resume",
            self.cursor.id,
            end.id,
        )
        self.cursor = end
        self.generation += 1
        self.disconnect()

    def _deliver_all(self, batch: Sequence[Message]) -> None:
        time_slice = eventloop.TimeSlice(urgent=True)
        for message in batch:
            self.cursor = message.cursor
            for listener in self.listeners:
                try:
                    listener(message)
                except Exception:
                    log.exception("message %d could not be delivered", message.id)
            time_slice.maybe_yield()
