"""The follower: reads the tail of the log and delivers every message. Nothing else delivers."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from userstatus import eventloop
from userstatus.errors import Unavailable
from userstatus.live.encodings import in_pieces
from userstatus.message import Cursor, Message
from userstatus.store.reader import AnotherLog, Reader

log = logging.getLogger(__name__)

POLL_S = 2.0  # after which to read even without a wake-up
PACE_S = 0.005  # between two reads from the database
PIECE_BYTES = 64 * 1024  # of messages delivered at a time
PAGE = 500  # messages of a backlog read at a time
SHORT_PAUSE_S = 0.005  # until a follower that is slightly behind is checked again
MAX_LAG_S = 4.0  # that a viewer waits until this process has read as far as the viewer's cursor
RETRY_S = 0.5  # after which to retry when the database does not respond


class Position(NamedTuple):
    """Where a viewer continues in the log: after `id`.

    `gap`: some of what it missed has expired, or its cursor is from another log. In the latter case
    `replaced` is true as well, and the same id may belong to different messages in the two logs.
    """

    id: int
    gap: bool
    replaced: bool


class Follower:
    """Follows one log: reads on when `wake_up` is set, and calls every listener with every message.

    Before that, `deliver` is called with some of the messages at a time, so that a viewer can be sent all of
    them as one piece. `cursor` is that of the last message delivered. None of these may wait: no message may
    arrive between the check of a cursor and the start of a subscription. If the log turns out to be another
    one, or to have lost its end, as after a failover to a database that lagged behind, `reload(end)` is
    called, and then `disconnect()`, which must make all viewers resume. `generation` counts how often that
    has happened.
    """

    def __init__(
        self,
        reader: Reader,
        wake_up: threading.Event,
        listeners: Sequence[Callable[[Message], None]],
        deliver: Callable[[Sequence[Message]], None] = lambda _: None,
        reload: Callable[[Cursor], None] = lambda _: None,
        disconnect: Callable[[], None] = lambda: None,
    ):
        self.reader = reader
        self.wake_up = wake_up
        self.listeners = listeners
        self.deliver = deliver
        self.reload = reload
        self.disconnect = disconnect
        self.cursor = Cursor(0)
        # When the end of the log was last reached, by the monotonic clock.
        self.looked_at: float | None = None
        self.errors = 0
        self.generation = 0

    def open(self) -> Cursor:
        """Set the cursor to the current end of the log, and return it. Raises Unavailable."""
        self.cursor = self.reader.open()
        self.looked_at = time.monotonic()
        return self.cursor

    def start(self) -> None:
        """Start following the log from the cursor."""
        eventloop.spawn(self._follow)

    def locate(self, sites: Collection[str], cursor: Cursor) -> Position:
        """Where viewers of the sites continue, given their cursor. Raises Unavailable.

        The result holds for the log that is followed when the call returns, whatever happened meanwhile.
        """
        while True:
            generation = self.generation
            id, replaced = self.reader.locate(cursor)
            position = Position(id, replaced or self.reader.gap(sites, id), replaced)
            if generation == self.generation:
                return position

    def missed(self, sites: Collection[str], last: int) -> Iterator[Sequence[Message]]:
        """The messages that viewers of the sites missed after the id, oldest first, in pages.

        When it ends, the viewer is level with the follower: if it then subscribes without waiting for
        anything, it gets every later message exactly once. Raises Unavailable.
        """
        deadline = time.monotonic() + MAX_LAG_S
        while last > self.cursor.id:
            if time.monotonic() > deadline:
                raise Unavailable(f"this process has not read as far as {last}")
            time.sleep(SHORT_PAUSE_S)  # the viewer comes from a process that was slightly ahead
        while last < self.cursor.id:
            up_to_id = self.cursor.id
            page = self.reader.backlog(sites, last, up_to_id, PAGE)
            if page:
                yield page
            last = page[-1].id if len(page) == PAGE else up_to_id

    def is_level(self) -> bool:
        """Whether every committed message has been delivered. Raises Unavailable."""
        return self.cursor.id >= self.reader.read_end().id

    def _follow(self) -> None:
        while True:
            self.wake_up.wait(POLL_S)
            time.sleep(self._pause(time.monotonic()))
            self.wake_up.clear()
            try:
                self._read_on()
            except Exception as error:  # nothing else delivers, so it must continue after any error
                self.errors += 1
                reason = error.reason if isinstance(error, Unavailable) else repr(error)
                log.warning("cannot read the log, retrying: %s", reason)
                time.sleep(RETRY_S)
                self.wake_up.set()

    def _pause(self, now: float) -> float:
        """The seconds to let more arrive in: reading one message from the database costs as much as ten."""
        if self.reader.has_in_memory(self.cursor):
            return 0.0
        return max(0.0, self.reader.read_at + PACE_S - now)

    def _read_on(self) -> None:
        """Deliver up to the end of the log. Anything committed after the last page sets `wake_up` again."""
        while True:
            try:
                page = self.reader.after(self.cursor, PAGE)
            except AnotherLog:
                self._start_over()
                continue
            self._deliver_all(page)
            if len(page) < PAGE:
                self.looked_at = time.monotonic()
                return

    def _start_over(self) -> None:
        """Follow another log from its end, and make every viewer resume in it."""
        end = self.reader.open()
        self.reload(end)
        log.warning(
            "the log has been replaced: message %d, the last one delivered, is not in it, and it ends at %d."
            " The database was restored, or failed over to one that lagged behind. All viewers resume",
            self.cursor.id,
            end.id,
        )
        self.cursor = end
        self.generation += 1
        self.disconnect()

    def _deliver_all(self, batch: Sequence[Message]) -> None:
        time_slice = eventloop.TimeSlice(urgent=True)
        for some in in_pieces(batch, PIECE_BYTES):
            self.cursor = some[-1].cursor
            try:
                self.deliver(some)
            except Exception:
                log.exception("messages up to %d could not be delivered to every viewer", some[-1].id)
            for message in some:
                self._tell(message)
            time_slice.maybe_yield()

    def _tell(self, message: Message) -> None:
        for listener in self.listeners:
            try:
                listener(message)
            except Exception:
                log.exception("message %d could not be delivered", message.id)
