"""What a telescope's program posts with: each message is on disk when `send` returns, and sent from there."""

from __future__ import annotations

import atexit
import math
import os
import time
import weakref
from functools import cache, partial
from pathlib import Path
from types import TracebackType

from userstatus.client.bodies import body, level_of, number_of, promised
from userstatus.client.complaints import Complaints
from userstatus.client.destination import SUFFIX, Destination
from userstatus.client.file_lock import FileLock
from userstatus.client.folders import spool_folder
from userstatus.client.keeper import Keeper
from userstatus.client.sender import Sender
from userstatus.client.spool import Spool
from userstatus.message import MAX_NEXT_WITHIN_S, quoted

MAX_SPOOL_BYTES = 100 * 1024 * 1024
MAX_MEMORY_BYTES = 10 * 1024 * 1024  # while there is no disk to keep messages on
MAX_AGE_S = 7 * 86_400.0
EXIT_S = 2.0  # for which a program that ends waits for the last messages of all Posters to be sent


class Poster:
    """Posts messages for one site of one server, also while that cannot be reached.

    `url` is the server's base URL and `key` the key for posting, if it asks for one; what is None comes from
    the environment: USERSTATUS_URL, USERSTATUS_SITE, USERSTATUS_KEY. Raises ValueError if one is missing or
    invalid.

    `spool` is the folder for messages that wait, by default one in the user's data folder, or a spool in such
    a folder, whatever server its messages were for; programs and processes share it. At most `max_bytes` are
    kept, and nothing for longer than `max_age` seconds. `synchronous` is NORMAL, so that a crash of the
    program loses nothing, or FULL, so that a power cut does not either.
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
        # What the thread has must not refer to this object, or it would never be collected.
        self._memory = Spool(None, MAX_MEMORY_BYTES, self.complaints.once)
        self._disk = (
            self._memory if path is None else Spool(path, max_bytes, self.complaints.once, synchronous)
        )
        lock = FileLock(Path(os.devnull) if path is None else path.with_name(path.name + ".lock"))
        self._keeper = Keeper(self._disk, self._memory, self.complaints)
        self._sender = Sender(self.destination, self._keeper, lock, max_age, self.complaints)
        self._deadline = math.inf  # by the monotonic clock, once this program ends
        self._done: bool | None = None  # what `close` returned, if nothing was sent since
        at_exit = partial(_close, weakref.ref(self))
        atexit.register(at_exit)
        weakref.finalize(self, _collected, self._sender, at_exit).atexit = False
        self._sender.wake()  # messages may wait from the last time

    @property
    def path(self) -> Path | None:
        """The file of the spool; None if there is no place for one."""
        return self._disk.path

    def in_memory(self) -> int:
        """The number of messages that wait in memory alone, as the disk does not take them."""
        return self._memory.count()

    def send(
        self,
        text: object,
        level: str | int = "info",
        *,
        timestamp: float | None = None,
        next_within: float | None = None,
    ) -> None:
        """Post a message. It is on disk when this returns, or in memory if the disk takes nothing.

        `level` is one of debug, info, warning, error and critical, or a number of `logging`; `timestamp`, in
        unix seconds, is when it happened, by default now. `next_within` promises another message within so
        many seconds: if none comes, the server says that the site is silent. Never raises, and never waits
        for the network.
        """
        try:
            number, now = number_of(level), time.time()
            moment = now if timestamp is None else timestamp
            promise = self._promise(next_within)
            self._put(body(self.destination.site, text, level_of(number), moment, promise), number, now)
        except Exception as error:
            self.complaints.tell("lost", f"a message could not be kept at all, and is lost: {error!r}")

    def _promise(self, next_within: object) -> int | None:
        promise = promised(next_within)
        if next_within is not None and promise is None:
            self.complaints.tell(
                "promise",
                f"next_within is {quoted(next_within)}, left out: give 1 to {MAX_NEXT_WITHIN_S} seconds",
            )
        return promise

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until everything that waits now is sent; returns whether it is.

        Returns at once if an attempt fails, and after `timeout` seconds at the latest. What was not sent is
        still in the spool, and sent later.
        """
        return self._sender.flush(self._within(timeout)) if self._done is None else self._done

    def close(self, timeout: float = 5.0) -> bool:
        """Flush, and end the thread that sends; returns whether everything is sent.

        A message that is sent afterwards starts it again.
        """
        if self._done is None:
            self._done = False  # for another thread, or a signal handler, that closes it meanwhile
            self._done = self._sender.close(self._within(timeout))
            self._disk.close()
        return self._done

    def close_at_exit(self) -> None:
        """Close it as this program ends, which waits once for all Posters, however many it has."""
        self._deadline = _exit_deadline()
        self.close(EXIT_S)

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
        self._done = None
        self._keeper.put(content, level, logged_at)
        self._sender.wake()

    def _within(self, timeout: float) -> float:
        return min(timeout, max(0.0, self._deadline - time.monotonic()))

    def _path(self, spool: str | os.PathLike[str] | None) -> Path | None:
        """The file of the spool; None, which is told, if there is no place for one."""
        try:
            folder = (spool_folder() if spool is None else Path(spool).expanduser()).absolute()
            # Absolute, wherever the program goes afterwards.
            is_spool = folder.suffix == SUFFIX and folder.is_file()
            return folder if is_spool else folder / self.destination.file_name
        except (RuntimeError, OSError):
            self.complaints.once(
                "there is no home folder for what waits, so it waits in memory: give spool, a folder"
            )
            return None


def connect(url: str | None = None, site: str | None = None, *, key: str | None = None) -> Poster:
    """A Poster for a site of a server, with everything else as it is by default."""
    return Poster(url, site, key=key)


def send(
    text: object,
    level: str | int = "info",
    *,
    url: str | None = None,
    site: str | None = None,
    next_within: float | None = None,
) -> None:
    """Post a message to the server and site of the environment, or to those given; see `Poster.send`.

    Raises ValueError if neither says where to.
    """
    _shared(Destination.of(url, site)).send(text, level, next_within=next_within)


@cache
def _shared(destination: Destination) -> Poster:
    """The one Poster of this process for a destination."""
    return Poster(destination.url, destination.site, key=destination.key)


def _close(this: weakref.ref[Poster]) -> None:
    if (poster := this()) is not None:
        poster.close_at_exit()


@cache
def _exit_deadline() -> float:
    """Until when this process, which ends, waits for messages to be sent, by the monotonic clock."""
    return time.monotonic() + EXIT_S


def _collected(sender: Sender, at_exit: partial[None]) -> None:
    """Have the thread of a Poster end that nobody has any more."""
    sender.end()
    atexit.unregister(at_exit)
