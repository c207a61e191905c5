"""The event loop. Only this module, `sockets` and the HTTP server (`web/http_server`, `web/places` and
`web/request_body`) know eventlet.

A request has a greenlet, which runs until it waits. Code that must run atomically (a write and its
commit, checking a cursor and subscribing) therefore must not wait in between.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from userstatus.errors import Busy

with warnings.catch_warnings():
    # eventlet announces its deprecation at every import; the dependency is deliberate, and confined to here.
    warnings.simplefilter("ignore")
    import eventlet
    import eventlet.event
    import eventlet.hubs
    import eventlet.queue
    import eventlet.semaphore
    import eventlet.tpool

log = logging.getLogger(__name__)

Piece = TypeVar("Piece")

Event = eventlet.event.Event  # set once: send(value) or send_exception(error); read with wait(timeout=None)

SLICE_S = 0.002  # uninterrupted work after which other greenlets get to run


class Loop(eventlet.hubs.get_default_hub().Hub):  # type: ignore[misc]
    """eventlet's hub, but it reports failures to the log instead of standard error."""

    rounds = 0  # iterations of the loop so far
    began = 0.0  # when the current iteration began, by `time.monotonic()`

    def __init__(self, *args: Any):
        super().__init__(*args)
        self.long_work = Lock()  # held for one slice of a long piece of work
        self.crowd = eventlet.semaphore.Semaphore(2)  # limits the yields of many small pieces of work

    @staticmethod
    def is_available() -> bool:
        return True

    def wait(self, seconds: float | None = None) -> None:
        super().wait(seconds)
        self.rounds += 1
        self.began = time.monotonic()

    def squelch_exception(self, fileno: int, exc_info: Any) -> None:
        _report(exc_info[1])
        with suppress(Exception):
            self.remove_descriptor(fileno)

    def squelch_generic_exception(self, exc_info: Any) -> None:
        _report(exc_info[1])

    def squelch_timer_exception(self, _timer: object, exc_info: Any) -> None:
        _report(exc_info[1])


def loop() -> Loop:
    """The loop of this thread."""
    present = eventlet.hubs.get_hub()
    if isinstance(present, Loop):
        return present
    eventlet.hubs.use_hub(Loop)
    return loop()


def _report(error: BaseException) -> None:
    if isinstance(error, ConnectionError | TimeoutError):
        log.info("a connection broke: %r", error)
    else:
        log.error("a greenlet failed", exc_info=error)


def patch() -> None:
    """Prepare the process: raise the limit on open files, and make the standard library non-blocking.

    Call it before importing anything else.
    """
    # Every viewer takes a file descriptor, and the usual soft limit of 1,024 is too low.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    eventlet.hubs.use_hub(Loop)
    # Without this, psycopg's wait for Postgres would block the whole process instead of one greenlet.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
    eventlet.monkey_patch()


class TimeSlice:
    """A time slice for long work that never waits: `maybe_yield()` yields to others every `SLICE_S` seconds.

    However many such pieces of work there are, only two of them continue before all others have run. One
    that is `urgent` does not queue with them.
    """

    def __init__(self, urgent: bool = False) -> None:
        self._yield = partial(eventlet.sleep, 0) if urgent else yield_if_due
        self._began = time.monotonic()

    def maybe_yield(self) -> None:
        if time.monotonic() - self._began > SLICE_S:
            self._yield()
            self._began = time.monotonic()


def yield_if_due() -> None:
    """Yield to other greenlets if they have waited for long; of many callers, two continue at a time."""
    present = loop()
    if time.monotonic() - present.began > SLICE_S:
        with present.crowd:
            eventlet.sleep(0)


def current() -> int:
    """A number that stands for the present greenlet, as long as it runs."""
    return id(eventlet.getcurrent())


class Slots:
    """Limits how many greenlets do something at a time; others queue for a slot, first come, first served."""

    def __init__(self, count: int):
        self._free = eventlet.semaphore.Semaphore(count)

    @contextmanager
    def taken(self, patience: float) -> Iterator[None]:
        """Hold a slot while the block runs. Raises Busy if none becomes free within `patience` seconds."""
        if not self._free.acquire(timeout=patience):
            raise Busy
        try:
            yield
        finally:
            self._free.release()


def in_slices(work: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Yield the items of a long piece of work, in lists of what it produces in `SLICE_S` seconds.

    However many greenlets do this, all others run between two slices.
    """
    iterator = iter(work)
    while True:
        with loop().long_work:
            made, began = [], time.monotonic()
            for piece in iterator:
                made.append(piece)
                if time.monotonic() - began > SLICE_S:
                    eventlet.sleep(0)
                    break
        if not made:
            return
        yield made


def spawn(task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a new greenlet, soon."""
    loop()  # must be chosen before the first greenlet, timer or thread
    return eventlet.spawn(task, *args)


def spawn_after(seconds: float, task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a new greenlet after `seconds`; no greenlet exists until then."""
    loop()
    return eventlet.spawn_after(seconds, task, *args)


def call_after(seconds: float, task: Callable[[], object]) -> Any:
    """Call `task`, which must not wait, after `seconds`. A cancelled call leaves no garbage."""
    return loop().schedule_call_global(seconds, task)


def in_thread(task: Callable[..., object], *args: Any) -> Any:
    """Run a blocking task in a real thread, and wait for it without blocking the event loop."""
    loop()
    return eventlet.tpool.execute(task, *args)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Cancel whatever the block waits for after `seconds`. Raises TimeoutError."""
    timeout = eventlet.Timeout(seconds)
    try:
        yield
    except (eventlet.Timeout, Exception) as error:
        # Cancelled code may raise some other error; the cause is the timeout all the same.
        if timeout.pending or (isinstance(error, eventlet.Timeout) and error is not timeout):
            raise
        raise TimeoutError(f"no answer within {seconds} s") from error
    finally:
        timeout.cancel()


def signals(*numbers: int) -> Any:
    """A queue that receives these signals as they arrive; some that arrive at once may count as one."""
    # A handler alone would not wake the loop from its poll, but a byte on a socket does.
    sender, receiver = socket.socketpair()
    sender.setblocking(False)
    arrived = eventlet.queue.Queue()

    def handle(number: int, _frame: object) -> None:
        with suppress(BlockingIOError):
            sender.send(bytes([number]))

    def receive() -> None:
        while True:
            arrived.put(receiver.recv(1)[0])

    for number in numbers:
        signal.signal(number, handle)
    eventlet.spawn(receive)
    return arrived


class Lock(eventlet.semaphore.Semaphore):  # type: ignore[misc]
    """A lock, as a context manager or with `acquire()` and `release()`."""


NEEDED: dict[Any, str] = {
    Loop.__mro__[1]: "wait remove_descriptor schedule_call_global"
    " squelch_exception squelch_generic_exception squelch_timer_exception",
}


def missing_names(needed: Mapping[Any, str]) -> Iterator[str]:
    """The names that classes or modules of a library should have and do not, a sentence each."""
    for owner, names in needed.items():
        path = f"{owner.__module__}.{owner.__qualname__}" if isinstance(owner, type) else owner.__name__
        for name in names.split():
            if not hasattr(owner, name):
                yield f"{path} no longer has {name}"


def broken_assumptions() -> Iterator[str]:
    """The assumptions of this module about eventlet that do not hold, a sentence each."""
    return missing_names(NEEDED)
