"""What a telescope's program posts with: each message is on disk when `send` returns, and sent from there."""

from __future__ import annotations

import atexit
import os
import sqlite3
import time
import weakref
from functools import cache
from pathlib import Path
from types import TracebackType

from userstatus.client.bodies import body, level_of, number_of
from userstatus.client.complaints import Complaints
from userstatus.client.destination import Destination
from userstatus.client.file_lock import FileLock
from userstatus.client.folders import spool_folder
from userstatus.client.sender import Sender
from userstatus.client.spool import Spool

MAX_SPOOL_BYTES = 100 * 1024 * 1024
MAX_MEMORY_BYTES = 10 * 1024 * 1024  # while there is no disk to keep messages on
MAX_AGE_S = 7 * 86_400.0
EXIT_S = 2.0  # for which a program that ends waits for its last messages to be sent


class Poster:
    """Posts messages for one site of one server, also while that cannot be reached.

    `url` is the server's base URL and `key` the key for posting, if it asks for one; what is None comes from
    the environment: USERSTATUS_URL, USERSTATUS_SITE, USERSTATUS_KEY. Raises ValueError if one is missing or
    invalid.

    `spool` is the folder for messages that wait, by default one in the user's data folder; programs and
    processes share it. At most `max_bytes` are kept, and nothing for longer than `max_age` seconds.
    `synchronous` is NORMAL, so that a crash of the program loses nothing, or FULL, so that a power cut
    does not either.
    """

    def __init__(
        self,
        url: str | None = None,
        site: str | None = None,
        *,
        key: str | None = None,
        spool: str | os.PathLike[str] | None = None,
        synchronous: str = "NORMAL",
        max_bytes: int = MAX_SPOOL_BYTES,
        max_age: float = MAX_AGE_S,
    ):
        self.destination = Destination.of(url, site, key)
        if synchronous not in ("NORMAL", "FULL"):
            raise ValueError(f"synchronous is {synchronous!r}: give NORMAL or FULL")
        self.complaints = Complaints()
        path = self._path(spool)
        self._memory = Spool(None, MAX_MEMORY_BYTES, self._tell)
        self._disk = self._memory if path is None else Spool(path, max_bytes, self._tell, synchronous)
        lock = FileLock(Path(os.devnull) if path is None else path.with_name(path.name + ".lock"))
        spools = [self._disk] if path is None else [self._disk, self._memory]
        self._sender = Sender(self.destination, spools, lock, max_age, self.complaints)
        self._closed = False
        this = weakref.ref(self)
        weakref.finalize(self, self._sender.end).atexit = False
        atexit.register(lambda: _close(this()))
        self._sender.wake()  # messages may wait from the last time

    def send(self, text: object, level: str | int = "info", *, timestamp: float | None = None) -> None:
        """Post a message. It is on disk when this returns, or in memory if the disk takes nothing.

        `level` is one of debug, info, warning, error and critical, or a number of `logging`; `timestamp`, in
        unix seconds, is when it happened, by default now. Never raises, and never waits for the network.
        """
        number = number_of(level)
        logged_at = time.time() if timestamp is None else timestamp
        self._put(body(self.destination.site, text, level_of(number), logged_at), number, logged_at)

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until everything that waits now is sent; returns whether it is.

        Returns at once if an attempt fails, and after `timeout` seconds at the latest. What was not sent is
        still in the spool, and sent later.
        """
        return self._sender.flush(timeout)

    def close(self, timeout: float = 5.0) -> bool:
        """Flush, and end the thread that sends. A message that is sent afterwards starts it again."""
        if self._closed:
            return True
        self._closed = True
        done = self._sender.close(timeout)
        self._disk.close()
        return done

    def is_sending_thread(self) -> bool:
        """Whether the caller is the thread that sends."""
        return self._sender.is_this_thread()

    def __enter__(self) -> Poster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _put(self, content: str, level: int, logged_at: float) -> None:
        self._closed = False
        try:
            self._disk.put(content, level, logged_at)
            self.complaints.over("disk", f"messages are kept in {self._disk.path} again")
        except (sqlite3.Error, OSError) as error:
            what = "they are kept in memory until they are sent, and lost if this program ends before"
            self.complaints.tell("disk", f"cannot keep messages in {self._disk.path} ({error}): {what}")
            self._memory.put(content, level, logged_at)
        self._sender.wake()

    def _path(self, spool: str | os.PathLike[str] | None) -> Path | None:
        """The file of the spool; None, which is told, if there is no place for one."""
        try:
            folder = spool_folder() if spool is None else Path(spool)
        except RuntimeError:
            self._tell("this user has no home folder, so messages wait in memory: give spool, a folder")
            return None
        return folder / self.destination.file_name

    def _tell(self, sentence: str) -> None:
        self.complaints.tell(sentence, sentence)


def connect(url: str | None = None, site: str | None = None, *, key: str | None = None) -> Poster:
    """A Poster for a site of a server, with everything else as it is by default."""
    return Poster(url, site, key=key)


def send(text: object, level: str | int = "info", *, url: str | None = None, site: str | None = None) -> None:
    """Post a message to the server and site of the environment, or to those given; see `Poster.send`.

    Raises ValueError if neither says where to.
    """
    _shared(url, site, os.environ.get("USERSTATUS_URL"), os.environ.get("USERSTATUS_SITE")).send(text, level)


@cache
def _shared(url: str | None, site: str | None, *_: str | None) -> Poster:
    """The one Poster of this process for a destination; of the environment, too, as that may change."""
    return Poster(url, site)


def _close(poster: Poster | None) -> None:
    if poster is not None:
        poster.close(EXIT_S)
