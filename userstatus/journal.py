"""The journal: append to the log, and the bell that says there is more of it."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import psycopg
import sqlalchemy as sa

from userstatus import green, models
from userstatus.cursor import Cursor
from userstatus.database import Database
from userstatus.errors import Unavailable, Unconfirmed
from userstatus.reader import Reader
from userstatus.wire import NewMessage, Stored

log = logging.getLogger(__name__)

BEHIND = 60  # seconds that the clock may be behind the last message until that is worth a line in the log
RELISTEN = 0.5  # seconds between two attempts to hear the bell of the database
MOST_SITES = 100  # whose uuids are asked for in one query; SQLite bounds how deep an expression may be
FEW = 20  # messages of one request that go before those of requests with more
MOST_TOGETHER = 1000  # messages in one transaction, but for those of one request with more than a few
LONGEST = 4.5  # seconds for an append and for finding out what came of it; observatories hang up after 5
LATER = (1e-6, 2e-4)  # seconds from one receipt to the next while the clock is behind, by chance: the same
# messages received again, after a restore, are others
LOOK_AGAIN = 0.1  # seconds between two attempts to find out


class Append:
    """One request's messages on their way into the log; `done` brings their ids, or what went wrong."""

    __slots__ = ("done", "messages")

    def __init__(self, messages: Sequence[NewMessage]):
        self.messages = messages
        self.done = green.Event()


class Journal:
    """Where messages are stored; `reader` reads what is there, `ttl` seconds from its receipt on.

    `bell` is set whenever there may be something new, here or (Postgres) in another process.
    """

    def __init__(self, database: Database, ttl: float):
        self.database = database
        self.reader = Reader(database, ttl)
        self.bell = threading.Event()
        self.trouble: str | None = None  # why the last append failed
        self._waiting: deque[Append] = deque()
        self._many_waiting: deque[Append] = deque()
        self._writing = False
        self._behind = False

    def append(self, messages: Sequence[NewMessage]) -> list[int]:
        """Store the messages, all or none, and return their ids once they are committed.

        Whoever calls while a transaction is being written goes together with all others into the next
        one. A uuid that the site has sent before is answered with the first message's id. Raises
        Unavailable if nothing could be stored, and Unconfirmed if that cannot be known.
        """
        if not messages:
            return []
        mine = Append(messages)
        (self._waiting if len(messages) <= FEW else self._many_waiting).append(mine)
        if not self._writing:
            self._writing = True
            green.spawn(self._write)
        ids: list[int] = mine.done.wait()
        return ids

    def _write(self) -> None:
        try:
            while self._waiting or self._many_waiting:
                self._commit(self._next_group())
        finally:
            self._writing = False

    def _next_group(self) -> list[Append]:
        """What goes into the next transaction: those who bring few messages, and at most one who brings many.

        So nobody with a message waits for more than one array of a thousand, however many are posted.
        """
        group: list[Append] = []
        size = 0
        while self._waiting and size < MOST_TOGETHER:
            group.append(self._waiting.popleft())
            size += len(group[-1].messages)
        if self._many_waiting:
            group.append(self._many_waiting.popleft())
        return group

    def _commit(self, group: list[Append]) -> None:
        """Store the group in one transaction; if that fails, each by itself, so that an error stays alone."""
        try:
            ids = self._store([message for each in group for message in each.messages], round(time.time(), 6))
        except Unavailable as error:
            # Whoever came meanwhile has waited long enough, too: nobody waits for two deadlines.
            log.warning("%d requests could not be stored: %s", len(group), error.reason)
            for each in group:
                each.done.send_exception(error)
            for each in (*self._waiting, *self._many_waiting):
                each.done.send_exception(Unavailable(error.reason) if type(error) is Unconfirmed else error)
            self._waiting.clear()
            self._many_waiting.clear()
            self.trouble = error.reason
            return
        except Exception as error:  # whatever it is, the requests that wait have to hear of it
            self.trouble = type(error).__name__  # until a trial shows that it was about what was sent
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
        self.bell.set()

    def _store(self, messages: list[NewMessage], now: float) -> list[int]:
        new: list[Stored] = []
        ids: list[int] = []
        with self._confirmed(new), self.database.append() as connection:
            last, received_at, before = connection.execute(
                models.take_ids,
                {"count": len(messages), "now": now, "later": random.uniform(*LATER)},  # noqa: S311
            ).one()
            received_at = round(received_at, 6)
            known = _known(connection, messages)
            rows = []
            following = last - len(messages) + 1
            for message in messages:
                name = (message.site, message.uuid)
                if message.uuid is None or name not in known:
                    new.append(Stored(following, *message[:4], received_at))
                    rows.append({**message._asdict(), "id": following, "received_at": received_at})
                    known[name] = following
                    following += 1
                ids.append(known[name])
            if rows:
                connection.execute(models.insert, rows)
                if not self.database.is_sqlite:
                    connection.execute(models.ring)
            if following <= last:
                connection.execute(models.set_head, {"last": following - 1})
        self.reader.tail.appended(new, Cursor.of(last - len(messages), before or 0.0))
        self._compare_clocks(now, received_at)
        return ids

    def _compare_clocks(self, now: float, received_at: float) -> None:
        behind = received_at - now > BEHIND
        if behind and not self._behind:
            log.warning(
                "the clock is %d s behind the receipt of the last message: set it. Until it has caught up,"
                " messages count as received at that time",
                received_at - now,
            )
        self._behind = behind

    @contextmanager
    def _confirmed(self, new: Sequence[Stored]) -> Iterator[None]:
        """Go on where the block's commit was not confirmed, but the new messages turn out to be there.

        Raises Unavailable if they are not, and Unconfirmed if that cannot be found out in time.
        """
        until = time.monotonic() + LONGEST
        try:
            yield
        except Unconfirmed as unconfirmed:
            if new and not self._are_stored(new, until, unconfirmed):
                raise Unavailable(unconfirmed.reason) from unconfirmed
            log.warning("the database has what it did not confirm: %s", unconfirmed.reason)

    def _are_stored(self, new: Sequence[Stored], until: float, unconfirmed: Unconfirmed) -> bool:
        """Whether the log has exactly these messages, or not and never will. Raises Unconfirmed."""
        while not self.database.is_sqlite and (left := until - time.monotonic()) > 0:
            try:
                with self.database.write(patience=left) as connection:
                    connection.execute(models.hold_head)  # the commit in question holds it to its end
                    rows = connection.execute(models.with_ids(new[0].id, new[-1].id))
                    return [Stored(*row) for row in rows] == new
            except Unavailable:
                time.sleep(min(LOOK_AGAIN, left))
        raise unconfirmed

    def try_out(self) -> None:
        """Store a message and delete it again before anybody can see it. Raises Unavailable.

        If it works, so would an append: it writes to the same tables and indexes, and commits.
        """
        trial = NewMessage("trial", "", "info", 0, None)._asdict()
        try:
            with self.database.write() as connection:
                last = connection.scalar(models.hold_head) or 0
                connection.execute(models.set_head, {"last": last})
                connection.execute(models.insert, {**trial, "id": last + 1, "received_at": time.time()})
                connection.execute(models.deletion([last + 1]))
        except Unavailable as error:
            self.trouble = error.reason
            raise
        except sa.exc.DBAPIError as error:
            self.trouble = str(error.orig)
            raise Unavailable(self.trouble) from error
        self.trouble = None

    def listen(self) -> None:
        """Ring this process's bell when another process appends, for ever. For Postgres.

        A lost connection is taken up again; as a missed bell costs time but no message, it is rung then.
        """
        while True:
            try:
                with closing(self.database.listener()) as connection:
                    connection.execute(f"LISTEN {models.CHANNEL}")
                    self.bell.set()
                    for _ in connection.notifies():
                        self.bell.set()
            except (Unavailable, psycopg.Error) as error:
                log.warning("the database's bell is lost, trying again: %s", str(error).splitlines()[0])
            time.sleep(RELISTEN)


def _known(connection: sa.Connection, messages: Sequence[NewMessage]) -> dict[tuple[str, str | None], int]:
    """The ids of those messages whose uuid their site has sent before."""
    uuids: dict[str, list[str]] = {}
    for message in messages:
        if message.uuid is not None:
            uuids.setdefault(message.site, []).append(message.uuid)
    known: dict[tuple[str, str | None], int] = {}
    sites = list(uuids)
    for start in range(0, len(sites), MOST_SITES):
        some = {site: uuids[site] for site in sites[start : start + MOST_SITES]}
        known |= {(site, uuid): id for site, uuid, id in connection.execute(models.same_uuids(some))}
    return known
