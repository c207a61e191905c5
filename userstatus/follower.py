"""The follower: reads the log's tail and hands every message to the viewers. Nobody else delivers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from userstatus import green
from userstatus.errors import Unavailable
from userstatus.journal import Journal
from userstatus.wire import Stored

log = logging.getLogger(__name__)

LOOK = 2.0  # seconds after which to look even though the bell did not ring
PAGE = 500  # messages of a backlog that are read at a time
BLINK = 0.005  # seconds
RETRY = 0.5  # seconds to wait for a database that does not answer


class Follower:
    """One per process. `cursor` is the id of the last message that was delivered.

    `deliver` must not wait: between the check of a cursor and joining a room nothing may come in.
    """

    def __init__(self, journal: Journal, deliver: Callable[[Stored], None]):
        self.journal = journal
        self.deliver = deliver
        self.cursor = 0

    def open(self) -> int:
        """Take the present end of the log for the cursor, and return it. Raises Unavailable."""
        self.cursor = self.journal.open()
        return self.cursor

    def start(self) -> None:
        """Follow the log from the cursor on."""
        green.spawn(self._follow)

    def gap(self, sites: Collection[str], cursor: int) -> bool:
        """Whether part of what viewers of the sites missed after the cursor has expired. Raises Unavailable.

        So it is, too, when the cursor is from another log that this one has replaced.
        """
        return self._is_of_another_log(cursor) or self.journal.gap(sites, cursor)

    def missed(self, sites: Collection[str], cursor: int) -> Iterator[Stored]:
        """What viewers of the sites missed after the cursor, oldest first. Raises Unavailable.

        At its end the viewer is level with the follower: if it then joins its rooms without waiting for
        anything, it gets every later message, and none twice.
        """
        if self._is_of_another_log(cursor):
            cursor = 0  # the cursor is from another log, so everything in this one is new
        while cursor > self.cursor:
            time.sleep(BLINK)  # the viewer comes from a process that was quicker by a blink
        while cursor < self.cursor:
            through = self.cursor
            page = self.journal.backlog(sites, cursor, through, PAGE)
            yield from page
            cursor = page[-1].id if len(page) == PAGE else through

    def _is_of_another_log(self, cursor: int) -> bool:
        return cursor > self.cursor and cursor > self.journal.last_id()

    def is_level(self) -> bool:
        """Whether everything that is committed has been delivered. Raises Unavailable."""
        return self.cursor >= self.journal.last_id()

    def _follow(self) -> None:
        while True:
            self.journal.bell.wait(LOOK)
            self.journal.bell.clear()
            try:
                self._read_on()
            except Exception as error:  # it is the only one that delivers: whatever it is, it goes on
                reason = error.reason if isinstance(error, Unavailable) else repr(error)
                log.warning("the log cannot be read, trying again: %s", reason)
                time.sleep(RETRY)
                self.journal.bell.set()

    def _read_on(self) -> None:
        """Deliver to the end of the log. What is committed after the last page was read rings the bell."""
        while True:
            page = self.journal.after(self.cursor, PAGE)
            self._deliver_all(page)
            if len(page) < PAGE:
                return

    def _deliver_all(self, batch: Sequence[Stored]) -> None:
        turn = green.Turn()
        for message in batch:
            self.cursor = message.id
            try:
                self.deliver(message)
            except Exception:
                log.exception("message %d could not be delivered", message.id)
            turn.share()
