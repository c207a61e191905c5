"""Clients' sockets: one that a greenlet reads from, and one that waits without a greenlet."""

from __future__ import annotations

import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

from userstatus import eventloop
from userstatus.eventloop import SLICE_S, yield_if_due

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # see eventloop
    import eventlet
    import eventlet.greenio
    import eventlet.hubs


class Connection(eventlet.greenio.GreenSocket):  # type: ignore[misc]
    """A client's connection, which yields to other greenlets when its time slice is over.

    By default, a GreenSocket yields only when there is nothing to read, so a client that sends without pause
    would block all others. Reading raises TimeoutError after `deadline` (by `time.monotonic()`; None is
    never), however much arrives, and writing does after `patience` seconds, however much is sent.
    """

    deadline: float | None = None
    patience: float | None = None  # seconds per response, from when it first has to wait; None is forever
    response_until: float | None = None

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        self._began = time.monotonic()
        self._round = -1

    def maybe_yield(self) -> None:
        """Yield to other greenlets if this connection's time slice is over. Raises TimeoutError."""
        now = time.monotonic()
        if self.deadline is not None and now > self.deadline:
            raise TimeoutError("timed out")
        present = eventloop.loop().rounds
        if present != self._round:  # other greenlets have run meanwhile
            self._round, self._began = present, now
        elif now - self._began > SLICE_S:
            yield_if_due()

    def _recv_loop(self, *args: Any) -> Any:
        received = super()._recv_loop(*args)
        self.maybe_yield()
        return received

    def _trampoline(
        self, fd: Any, read: bool = False, write: bool = False, timeout: Any = None, timeout_exc: Any = None
    ) -> None:
        until = self.deadline
        if write and self.patience is not None:
            if self.response_until is None:
                self.response_until = time.monotonic() + self.patience
            until = self.response_until
        if until is not None:
            left = max(0.0, until - time.monotonic())
            timeout = left if timeout is None else min(timeout, left)
        super()._trampoline(fd, read, write, timeout, timeout_exc)


class DetachedSocket:
    """A client's socket that takes no greenlet while there is nothing to read.

    It takes the descriptor away from `connection`, which is closed from then on. `closed()` is called when
    this socket is. Whoever waits without it, as a viewer does all night, would keep the stack of a greenlet:
    16 KB at least.
    """

    __slots__ = ("_closed", "_listener", "_reading", "_socket", "_task")

    def __init__(self, connection: Any, closed: Callable[[], object] = lambda: None):
        bare = connection.fd
        self._socket = type(bare)(bare.family, bare.type, bare.proto, bare.detach())
        self._socket.setblocking(False)
        self._closed = closed
        self._task: Callable[[], object] | None = None
        self._listener: Any = None
        self._reading = False

    def when_readable(self, task: Callable[[], object]) -> None:
        """Call `task` in a new greenlet whenever there is something to read, or the client has gone.

        It should `read` until nothing is left. It is not called again until it has returned.
        """
        self._task = task
        self._listen()

    def read(self, size: int) -> bytes | None:
        """What has arrived, at most `size` bytes; empty if the client has gone, and None if nothing has."""
        try:
            data: bytes = self._socket.recv(size)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return data

    def write(self, data: bytes) -> int:
        """Write what the kernel takes at once; returns the number of bytes.

        Raises BlockingIOError if it takes nothing now, and OSError if the connection is broken.
        """
        return int(self._socket.send(data))

    def write_all(self, data: bytes, patience: float) -> None:
        """Write everything, waiting for at most `patience` seconds each time. Raises OSError."""
        left = memoryview(data)
        while left:
            try:
                left = left[self.write(left) :]  # type: ignore[arg-type]
            except BlockingIOError:
                eventlet.hubs.trampoline(self._socket, write=True, timeout=patience, timeout_exc=TimeoutError)

    def shutdown(self, how: int) -> None:
        """End one or both directions of the connection (`socket.SHUT_WR`, `socket.SHUT_RDWR`)."""
        with suppress(OSError):
            self._socket.shutdown(how)

    def close(self) -> None:
        """Close the socket. No greenlet may be in `write_all`."""
        if self._socket.fileno() == -1:
            return
        self._task = None
        self._stop_listening()
        self._socket.close()
        self._closed()

    def _listen(self) -> None:
        loop = eventloop.loop()
        listener = loop.add(loop.READ, self._socket.fileno(), self._readable, _obsolete, None)
        listener.greenlet = loop.greenlet  # instead of the present one, which would be kept
        self._listener = listener

    def _stop_listening(self) -> None:
        if self._listener is not None:
            with suppress(KeyError):  # the loop has removed it after an error
                eventloop.loop().remove(self._listener)
            self._listener = None

    def _readable(self, _: int) -> None:
        """Called by the event loop, where nothing may wait."""
        if self._reading:
            self._stop_listening()  # or the loop would turn without pause until everything is read
        elif self._task is not None:
            self._reading = True
            eventloop.spawn(self._run, self._task)

    def _run(self, task: Callable[[], object]) -> None:
        try:
            task()
        finally:
            self._reading = False
            if self._task is not None and self._listener is None:
                self._listen()


def _obsolete(_: BaseException) -> None:
    """Do nothing: the loop says that a descriptor was closed by somebody else, as none of these is."""


NEEDED: dict[Any, str] = {
    eventlet.greenio.GreenSocket: "_recv_loop _trampoline",
    eventlet.hubs: "trampoline",
    eventloop.Loop: "add remove READ",
    eventlet.hubs.hub.FdListener: "defang",
}


def broken_assumptions() -> Iterator[str]:
    """The assumptions of this module about eventlet that do not hold, a sentence each."""
    yield from eventloop.missing_names(NEEDED)
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        if not hasattr(getattr(eventlet.greenio.GreenSocket(ours), "fd", None), "detach"):
            yield "eventlet's GreenSocket no longer has the socket that it wraps as fd"
