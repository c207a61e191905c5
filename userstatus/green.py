"""The event loop: besides `http`, the only module that knows it is eventlet's.

Every connection has a green thread; a thread runs until it waits. What must happen together (a write and
its commit, the check and the join of a subscription) therefore just does not wait in between.
"""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import socket
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

from userstatus.errors import Busy, StartError

with warnings.catch_warnings():
    # It announces its retirement at every import; that this service stands on it is known and contained here.
    warnings.simplefilter("ignore")
    import eventlet
    import eventlet.event
    import eventlet.greenio
    import eventlet.hubs
    import eventlet.queue
    import eventlet.semaphore
    import eventlet.tpool

log = logging.getLogger(__name__)

Piece = TypeVar("Piece")

Event = eventlet.event.Event  # happens once: send(value) or send_exception(error), wait(timeout=None)
Empty = eventlet.queue.Empty
Semaphore = eventlet.semaphore.Semaphore  # a context manager; `balance` is 1 while nobody holds or awaits it
Queue = eventlet.queue.Queue  # `_put` and `_get` are there to be extended

BACKLOG = 4096  # connections that may wait to be accepted: everyone comes back at once after a restart
TURN = 0.002  # seconds of work at a stretch before everybody else gets a turn
SEND_BUFFER = 128 * 1024  # bytes that the kernel (which doubles it) holds for a connection that does not read
EXHAUSTED = 0.2  # seconds after which to accept again
OUTAGE = 10  # seconds without a failure after which another one is another outage
LIVELINESS = {  # within a minute, the kernel finds that nobody is at the other end any more
    "TCP_USER_TIMEOUT": 30_000,  # milliseconds that what was sent may be on its way
    "TCP_KEEPIDLE": 30,  # seconds of silence after which to ask
    "TCP_KEEPINTVL": 10,  # seconds between two questions
    "TCP_KEEPCNT": 3,  # questions without an answer
}


class Loop(eventlet.hubs.get_default_hub().Hub):  # type: ignore[misc]
    """eventlet's loop, which tells the log what became of a green thread, instead of standard error."""

    rounds = 0  # how often it has looked for what is to be done next
    began = 0.0  # when it began with what it found, of `time.monotonic()`

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


def _report(error: BaseException) -> None:
    if isinstance(error, ConnectionError | TimeoutError):
        log.info("a connection has broken: %r", error)
    else:
        log.error("a green thread has ended by an error", exc_info=error)


def patch() -> None:
    """Prepare the process: many open files, and a standard library that waits without blocking.

    To be called before anything else is imported.
    """
    # Every viewer is an open file, and the usual soft limit of 1,024 is for programs that know no better.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    eventlet.hubs.use_hub(Loop)
    # Without it, psycopg's wait for Postgres blocks the whole process instead of one green thread.
    os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
    eventlet.monkey_patch()


class Turn:
    """A long piece of work that waits for nothing: `share()` lets everybody else run every `TURN` seconds.

    However many do long work, only two of them go on before everybody else does; but one that is `urgent`
    does not stand in their line.
    """

    def __init__(self, urgent: bool = False) -> None:
        self._give_way = partial(eventlet.sleep, 0) if urgent else after_others
        self._began = time.monotonic()

    def share(self) -> None:
        if time.monotonic() - self._began > TURN:
            self._give_way()
            self._began = time.monotonic()


def after_others() -> None:
    """Let everybody else go first, if they have waited for a turn; of many, two are let through at a time."""
    if time.monotonic() - getattr(eventlet.hubs.get_hub(), "began", 0.0) > TURN:
        with _many:
            eventlet.sleep(0)


class Turns:
    """What so many may do at a time; others wait for their turn, first come, first served."""

    def __init__(self, count: int):
        self._free = eventlet.semaphore.Semaphore(count)

    @contextmanager
    def taken(self, patience: float) -> Iterator[None]:
        """Have a turn while the block runs. Raises Busy if none comes within `patience` seconds."""
        if not self._free.acquire(timeout=patience):
            raise Busy
        try:
            yield
        finally:
            self._free.release()


_long_work = eventlet.semaphore.Semaphore(1)  # a turn of it, and then everybody else's
_many = eventlet.semaphore.Semaphore(2)  # of those who ask for little, but are many


def in_turns(work: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Take what a long piece of work yields, as much at a time as it makes in `TURN` seconds.

    However many do that, between two such turns there is one of everybody else's.
    """
    iterator = iter(work)
    while True:
        with _long_work:
            made, began = [], time.monotonic()
            for piece in iterator:
                made.append(piece)
                if time.monotonic() - began > TURN:
                    eventlet.sleep(0)
                    break
        if not made:
            return
        yield made


def spawn(task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a green thread of its own, soon."""
    return eventlet.spawn(task, *args)


def spawn_after(seconds: float, task: Callable[..., object], *args: Any) -> Any:
    """Run `task(*args)` in a green thread of its own, that does not exist before its time."""
    return eventlet.spawn_after(seconds, task, *args)


def call_after(seconds: float, task: Callable[[], object]) -> Any:
    """Call what waits for nothing, then. Cancelled, it leaves no garbage, as a green thread would."""
    return eventlet.hubs.get_hub().schedule_call_global(seconds, task)


def in_thread(task: Callable[..., object], *args: Any) -> Any:
    """Run in a real thread what would block the process, and wait for it as green threads do."""
    return eventlet.tpool.execute(task, *args)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Break off whatever the block waits for when the time is over. Raises TimeoutError."""
    timeout = eventlet.Timeout(seconds)
    try:
        yield
    except (eventlet.Timeout, Exception) as error:
        # What is broken off may well stumble over that; the reason is the same.
        if timeout.pending or (isinstance(error, eventlet.Timeout) and error is not timeout):
            raise
        raise TimeoutError(f"no answer within {seconds} s") from error
    finally:
        timeout.cancel()


def has_seam(engine: Any) -> bool:
    """Whether an Engine.IO server and this loop's WebSockets are made as the fast lane needs them."""
    try:
        ours, theirs = socket.socketpair()
        with closing(ours), closing(theirs):
            made_so = Semaphore().balance == 1 and callable(eventlet.greenio.GreenSocket(ours).fd.send)
            return made_so and "websocket" in engine._async
    except (AttributeError, TypeError):
        return False


class Connection(eventlet.greenio.GreenSocket):  # type: ignore[misc]
    """A client's connection, which gives way to everybody else once its turn is over.

    By itself a green socket waits only where there is nothing to read, so that a client that sends without
    pause would have the process for itself. From `deadline` on (of `time.monotonic()`; None is never), it
    raises TimeoutError instead of reading on, however often something comes; and so it does after `patience`
    instead of writing on, however often something goes.
    """

    deadline: float | None = None
    patience: float | None = None  # seconds for an answer, from when some of it has to wait; None is for ever
    answer_until: float | None = None

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._began = time.monotonic()
        self._round = -1

    def give_way(self) -> None:
        """Let everybody else run, if this connection's turn is over. Raises TimeoutError."""
        now = time.monotonic()
        if self.deadline is not None and now > self.deadline:
            raise TimeoutError("timed out")
        present = eventlet.hubs.get_hub().rounds
        if present != self._round:  # everybody else has run meanwhile
            self._round, self._began = present, now
        elif now - self._began > TURN:
            after_others()

    def _recv_loop(self, *args: Any) -> Any:
        received = super()._recv_loop(*args)
        self.give_way()
        return received

    def _trampoline(
        self, fd: Any, read: bool = False, write: bool = False, timeout: Any = None, timeout_exc: Any = None
    ) -> None:
        until = self.deadline
        if write and self.patience is not None:
            if self.answer_until is None:
                self.answer_until = time.monotonic() + self.patience
            until = self.answer_until
        if until is not None:
            left = max(0.0, until - time.monotonic())
            timeout = left if timeout is None else min(timeout, left)
        super()._trampoline(fd, read, write, timeout, timeout_exc)


class Listener:
    """A listening socket that outlives the hour when the process may not open any more connections."""

    def __init__(self, listening: Any):
        self.listening = listening
        self._failed = -float(OUTAGE)

    def accept(self) -> Any:
        while True:
            try:
                return self.listening.accept()
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
                    raise
                if time.monotonic() - self._failed > OUTAGE:
                    log.warning("no more connections can be accepted for now: %s", error.strerror)
                self._failed = time.monotonic()
                eventlet.sleep(EXHAUSTED)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.listening, name)


def listen(host: str, port: int) -> Listener:
    """A socket that listens there. Raises StartError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = Connection(family, socket.SOCK_STREAM)  # and what it accepts is one, too
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StartError(f"cannot listen on HOST {host}, PORT {port}: {reason}") from error
    # Connections inherit these. By itself the kernel would wait up to 40 ms for more to send, hold megabytes
    # for a viewer that does not read, and take a quarter of an hour to find that the other end is gone.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in LIVELINESS.items():
        if hasattr(socket, name):  # not every platform has all of them
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Listener(listening)


def signals(*numbers: int) -> Any:
    """A queue that gets the first of these signals; later ones of them are ignored."""
    # A handler alone would not wake the loop from its poll; a byte on a socket does.
    sender, receiver = socket.socketpair()
    arrived = Queue()

    def handle(number: int, _frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        sender.send(bytes([number]))

    for number in numbers:
        signal.signal(number, handle)
    eventlet.spawn(lambda: arrived.put(receiver.recv(1)))
    return arrived
