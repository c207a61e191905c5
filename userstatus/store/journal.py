"""The journal: appends to the log and wakes up its followers."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import sqlalchemy as sa

from userstatus import eventloop
from userstatus.errors import Unavailable, Unconfirmed
from userstatus.instruments.counts import Histogram, MessageCounts
from userstatus.message import Cursor, Message, NewMessage
from userstatus.store import one_statement, queries
from userstatus.store.database import Appended
from userstatus.store.reader import Reader

T = TypeVar("T")

log = logging.getLogger(__name__)

WARN_BEHIND_S = 60  # the clock may lag the last message by this much before a warning is logged
MAX_SITES = 100  # whose uuids are looked up in one query; SQLite limits the depth of an expression
MAX_SMALL = 20  # requests with at most this many messages go before larger ones
MAX_GROUP = 1000  # messages in one transaction, not counting those of one large request
ALONE_AFTER = 10  # appends of one greenlet in a row
MAX_APPEND_S = 4.5  # including finding out whether it was stored; observatories hang up after 5
# Seconds between consecutive receipts while the clock lags. They are random, so that the same messages get
# different times if they are received again after a restore.
RECEIPT_STEP_S = (1e-6, 2e-4)
RECHECK_S = 0.1  # between two attempts to find out whether a commit succeeded


class Append:
    """The messages of one request, about to be stored; `done` gets their ids or the error.

    With `last_id`, they are stored only if the site has said nothing after the message with this id.
    """

    __slots__ = ("done", "last_id", "messages")

    def __init__(self, messages: Sequence[NewMessage], last_id: int | None = None):
        self.messages = messages
        self.last_id = last_id
        self.done = eventloop.Event()


class Journal:
    """Stores messages. Stored messages are in the tail of `reader` at once.

    `wake_up` is set whenever there may be new messages, from this process or (Postgres) from another one.
    """

    def __init__(self, reader: Reader):
        self.reader = reader
        self.database = reader.database
        self.wake_up = threading.Event()
        self.trouble: str | None = None  # why the last append failed
        self.stored = MessageCounts()
        self.groups = Histogram(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # messages in each transaction
        self.errors = 0
        self._waiting: deque[Append] = deque()
        self._many_waiting: deque[Append] = deque()
        self._conditional: deque[Append] = deque()
        self._writing = False
        self._caller = 0  # the greenlet that the last append came from
        self._alone_for = 0  # how many have come from it alone
        self._behind = False

    def append(self, messages: Sequence[NewMessage]) -> list[int]:
        """Store the messages, all or none, and return their ids once they are committed.

        Calls that arrive while a transaction is being written share the next one. If the site has sent a
        message's uuid before, the id of the first such message is returned. Raises Unavailable if nothing was
        stored, and Unconfirmed if that cannot be known.
        """
        if not messages:
            return []
        return self._append(
            Append(messages), self._waiting if len(messages) <= MAX_SMALL else self._many_waiting
        )

    def append_unless_spoken(self, message: NewMessage, last_id: int) -> int | None:
        """Store a message unless its site, notices aside, has said something after the one with `last_id`.

        Nothing can come in between. Returns its id, or None. Raises like `append`.
        """
        ids = self._append(Append([message], last_id), self._conditional)
        return ids[0] if ids else None

    def _append(self, mine: Append, queue: deque[Append]) -> list[int]:
        queue.append(mine)
        was_alone = self._has_been_alone()
        if not self._writing:
            self._writing = True
            if was_alone and not self.database.append_waits:
                self._write_one()  # saves changing to another greenlet and back
                eventloop.yield_if_due()
            else:
                eventloop.spawn(self._write)
        ids: list[int] = mine.done.wait()
        return ids

    def _has_been_alone(self) -> bool:
        """Whether nobody else has appended lately.

        That nobody else is about to append now would say little: on a slow disk, many who append let each
        other go first, and so come one by one.
        """
        caller = eventloop.current()
        self._alone_for = self._alone_for + 1 if caller == self._caller else 0
        self._caller = caller
        return self._alone_for >= ALONE_AFTER

    def _write_one(self) -> None:
        """Write one transaction; what has come meanwhile is left to another greenlet."""
        try:
            self._commit(self._next_group())
        finally:
            self._writing = self._is_waited_for()
            if self._writing:
                eventloop.spawn(self._write)

    def _write(self) -> None:
        try:
            while self._is_waited_for():
                self._commit(self._next_group())
        finally:
            self._writing = False

    def _is_waited_for(self) -> bool:
        return bool(self._waiting or self._many_waiting or self._conditional)

    def _next_group(self) -> list[Append]:
        """The requests for the next transaction: all small ones, and at most one large one.

        A single message therefore waits for at most one array of a thousand, however many are posted. What
        has a condition, which is rare, has a transaction of its own.
        """
        if self._conditional:
            return [self._conditional.popleft()]
        group: list[Append] = []
        size = 0
        while self._waiting and size < MAX_GROUP:
            group.append(self._waiting.popleft())
            size += len(group[-1].messages)
        if self._many_waiting:
            group.append(self._many_waiting.popleft())
        return group

    def _commit(self, group: list[Append]) -> None:
        """Store the group in one transaction; if that fails, store each request separately."""
        try:
            messages = [message for each in group for message in each.messages]
            ids = self._store(messages, round(time.time(), 6), group[0].last_id)
        except Unavailable as error:
            # Requests that arrived meanwhile have waited long enough, too: nobody waits for two deadlines.
            log.warning("%d requests could not be stored: %s", len(group), error.reason)
            self.errors += 1
            for each in group:
                each.done.send_exception(error)
            for each in (*self._waiting, *self._many_waiting, *self._conditional):
                each.done.send_exception(Unavailable(error.reason) if type(error) is Unconfirmed else error)
            self._waiting.clear()
            self._many_waiting.clear()
            self._conditional.clear()
            self.trouble = error.reason
            return
        except Exception as error:  # whatever it is, the waiting requests must be told
            self.trouble = type(error).__name__  # until a trial append shows that the data was the problem
            if len(group) == 1:
                group[0].done.send_exception(error)
            else:
                for each in group:
                    self._commit([each])
            return
        for each in group:
            each.done.send(ids[: len(each.messages)])
            del ids[: len(each.messages)]
        self.trouble = None
        self.wake_up.set()

    def _store(self, messages: list[NewMessage], now: float, last_id: int | None) -> list[int]:
        later = random.uniform(*RECEIPT_STEP_S)  # noqa: S311  # nosec B311 # guards no secret
        appended = None if last_id is not None else self._at_once(messages, now, later)
        if appended is None:
            appended = self._in_steps(messages, now, later, last_id)
        self.reader.tail.appended(appended.new, appended.before)
        self.groups.observe(len(messages))
        for each in appended.new:
            self.stored.add(each.site, each.log_level)
        if appended.new:
            self._compare_clocks(now, appended.new[0].received_at)
        return appended.ids

    def _at_once(self, messages: list[NewMessage], now: float, later: float) -> Appended | None:
        until = time.monotonic() + MAX_APPEND_S
        try:
            return self.database.append_at_once(messages, now, later)
        except Unconfirmed as unconfirmed:

            def look(connection: sa.Connection) -> Appended | None:
                known = _known(connection, messages)
                return one_statement.look_up(connection, messages, known, now, later)

            found = self._once_decided(look, until, unconfirmed)
            if found is None:
                raise Unavailable(unconfirmed.reason) from unconfirmed
            log.warning("an append without confirmation turned out to be stored: %s", unconfirmed.reason)
            return found

    def _in_steps(
        self, messages: list[NewMessage], now: float, later: float, last_id: int | None
    ) -> Appended:
        ids: list[int] = []
        new: list[Message] = []
        with self._confirmed(new), self.database.append() as connection:
            taken = connection.execute(
                queries.take_ids, {"count": len(messages), "now": now, "later": later}
            ).one()
            received_at = round(taken.received_at, 6)
            known = _known(connection, messages)
            rows = []
            next_id = taken.last_id - len(messages) + 1
            for message in [] if _is_outdated(connection, messages, last_id) else messages:
                name = (message.site, message.uuid)
                if message.uuid is None or name not in known:
                    new.append(message.received(next_id, received_at))
                    rows.append({**message._asdict(), "id": next_id, "received_at": received_at})
                    known[name] = next_id
                    next_id += 1
                ids.append(known[name])
            if rows:
                connection.execute(queries.insert, rows)
                self.database.notify(connection)
            if next_id <= taken.last_id:
                connection.execute(queries.set_sequence, {"last": next_id - 1})
        return Appended(ids, new, Cursor.of(taken.last_id - len(messages), taken.before or 0.0))

    def _compare_clocks(self, now: float, received_at: float) -> None:
        behind = received_at - now > WARN_BEHIND_S
        if behind and not self._behind:
            log.warning(
                "the clock is %d s behind the time of the last message: set it. Until it has caught up,"
                " messages count as received at that time",
                received_at - now,
            )
        self._behind = behind

    @contextmanager
    def _confirmed(self, new: Sequence[Message]) -> Iterator[None]:
        """Carry on if the block's commit was not confirmed but the new messages turn out to be stored.

        Raises Unavailable if they are not, and Unconfirmed if that cannot be determined in time.
        """
        until = time.monotonic() + MAX_APPEND_S
        try:
            yield
        except Unconfirmed as unconfirmed:
            if new and not self._are_stored(new, until, unconfirmed):
                raise Unavailable(unconfirmed.reason) from unconfirmed
            log.warning("a commit without confirmation turned out to be stored: %s", unconfirmed.reason)

    def _are_stored(self, new: Sequence[Message], until: float, unconfirmed: Unconfirmed) -> bool:
        """True if the log has exactly these messages, False if it never will. Raises Unconfirmed."""

        def look(connection: sa.Connection) -> bool:
            return queries.as_messages(connection.execute(queries.with_ids(new[0].id, new[-1].id))) == new

        return self._once_decided(look, until, unconfirmed)

    def _once_decided(self, look: Callable[[sa.Connection], T], until: float, unconfirmed: Unconfirmed) -> T:
        """What `look` finds once an unconfirmed transaction has committed or failed. Raises Unconfirmed."""
        while self.database.can_look_up_commits and (left := until - time.monotonic()) > 0:
            try:
                with self.database.write(patience=left) as connection:
                    self.database.give_up_append(connection)
                    connection.execute(queries.lock_sequence)  # held by the unconfirmed transaction
                    return look(connection)
            except Unavailable:
                time.sleep(min(RECHECK_S, left))
        raise unconfirmed

    def try_out(self) -> None:
        """Store a message and delete it again before anybody can see it. Raises Unavailable.

        If that works, so does an append: it writes to the same tables and indexes, and commits.
        """
        trial = NewMessage(site="trial", message="", log_level="info", timestamp=0)._asdict()
        try:
            with self.database.write() as connection:
                last = connection.scalar(queries.lock_sequence) or 0
                connection.execute(queries.set_sequence, {"last": last})
                connection.execute(queries.insert, {**trial, "id": last + 1, "received_at": time.time()})
                connection.execute(queries.deletion([last + 1]))
        except Unavailable as error:
            self.trouble = error.reason
            raise
        except sa.exc.DBAPIError as error:
            self.trouble = str(error.orig)
            raise Unavailable(self.trouble) from error
        self.trouble = None


def _is_outdated(connection: sa.Connection, messages: Sequence[NewMessage], last_id: int | None) -> bool:
    """Whether the site of the messages has said something after the one with this id, if there is one."""
    return last_id is not None and bool(
        connection.scalar(queries.has_spoken, {"site": messages[0].site, "after": last_id})
    )


def _known(connection: sa.Connection, messages: Sequence[NewMessage]) -> dict[tuple[str, str | None], int]:
    """The ids of the messages whose uuid their site has sent before, by site and uuid."""
    uuids: dict[str, list[str]] = {}
    for message in messages:
        if message.uuid is not None:
            uuids.setdefault(message.site, []).append(message.uuid)
    known: dict[tuple[str, str | None], int] = {}
    sites = list(uuids)
    for start in range(0, len(sites), MAX_SITES):
        some = {site: uuids[site] for site in sites[start : start + MAX_SITES]}
        rows = connection.execute(queries.same_uuids(some))
        known |= {(row.site, row.uuid): row.id for row in rows}
    return known
