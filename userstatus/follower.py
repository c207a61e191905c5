"""The follower: reads the log's tail and hands every message to the viewers. Nobody else delivers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from userstatus import green
from userstatus.cursor import Cursor
from userstatus.errors import Unavailable
from userstatus.reader import AnotherLog, Reader
from userstatus.wire import Stored

log = logging.getLogger(__name__)

LOOK = 2.0  # seconds after which to look even though the bell did not ring
PAGE = 500  # messages of a backlog that are read at a time
BLINK = 0.005  # seconds
LAG = 4.0  # seconds that a viewer waits for this process to read as far as it has seen already
RETRY = 0.5  # seconds to wait for a database that does not answer


class Position(NamedTuple):
    """Where a viewer goes on in the log: after `id`.

    `gap`: part of what it missed has expired, or its cursor is of another log. In the second case `replaced`
    is true as well, and the same id may stand for different messages in the two.
    """

    id: int
    gap: bool
    replaced: bool


class Follower:
    """One per process. It looks when `bell` is set; `cursor` is that of the last message that was delivered.

    `deliver` must not wait: between the check of a cursor and joining a room nothing may come in.

    When the log turns out to be another one, or to have lost its end, as after a failover to a database that
    was behind, `reload(end)` is called, and then `disconnect()`, which is to make all viewers resume.
    `generation` counts how often that has happened.
    """

    def __init__(self, reader: Reader, bell: threading.Event, deliver: Callable[[Stored], None]):
        self.reader = reader
        self.bell = bell
        self.deliver = deliver
        self.reload: Callable[[Cursor], None] = lambda _: None
        self.disconnect: Callable[[], None] = lambda: None
        self.cursor = Cursor(0)
        self.generation = 0

    def open(self) -> Cursor:
        """Take the present end of the log for the cursor, and return it. Raises Unavailable."""
        self.cursor = self.reader.open()
        return self.cursor

    def start(self) -> None:
        """Follow the log from the cursor on."""
        green.spawn(self._follow)

    def locate(self, sites: Collection[str], cursor: Cursor) -> Position:
        """Where viewers of the sites go on that come with the cursor. Raises Unavailable.

        It is true of the log that is followed at the end of the call, whatever happened meanwhile.
        """
        while True:
            generation = self.generation
            id, replaced = self.reader.locate(cursor)
            position = Position(id, replaced or self.reader.gap(sites, id), replaced)
            if generation == self.generation:
                return position

    def missed(self, sites: Collection[str], last: int) -> Iterator[Stored]:
        """What viewers of the sites missed after the id, oldest first. Raises Unavailable.

        At its end the viewer is level with the follower: if it then joins its rooms without waiting for
        anything, it gets every later message, and none twice.
        """
        deadline = time.monotonic() + LAG
        while last > self.cursor.id:
            if time.monotonic() > deadline:
                raise Unavailable(f"this process has not read as far as {last}")
            time.sleep(BLINK)  # the viewer comes from a process that was quicker by a blink
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
            self.bell.wait(LOOK)
            self.bell.clear()
            try:
                self._read_on()
            except Exception as error:  # it is the only one that delivers: whatever it is, it goes on
                reason = error.reason if isinstance(error, Unavailable) else repr(error)
                log.warning("the log cannot be read, trying again: %s", reason)
                time.sleep(RETRY)
                self.bell.set()

    def _read_on(self) -> None:
        """Deliver to the end of the log. What is committed after the last page was read rings the bell."""
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

    def _deliver_all(self, batch: Sequence[Stored]) -> None:
        turn = green.Turn(urgent=True)
        for message in batch:
            self.cursor = message.cursor
            try:
                self.deliver(message)
            except Exception:
                log.exception("message %d could not be delivered", message.id)
            turn.share()
