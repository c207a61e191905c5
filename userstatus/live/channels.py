"""Channels: how a message gets to one viewer without ever waiting for it.

What the viewer's socket does not accept at once is buffered, in order, up to a limit. A viewer that exceeds
it is disconnected; it can reconnect and resume.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from userstatus import eventloop
from userstatus.live.encodings import EncodedMessage, EncodedMessages
from userstatus.message import Message
from userstatus.sockets import DetachedSocket
from userstatus.store.reader import Query

log = logging.getLogger(__name__)

OVERHEAD_BYTES = 100  # overhead of a buffered item
READ_BYTES = 16 * 1024  # per read
GATHER_S = 0.05  # after which what is gathered is sent in any case: a client waits for its response
GATHERED_BYTES = 16 * 1024  # that are sent without waiting for more
PATIENCE_S = 20.0  # for a viewer to take at least something of what waits
GOING_AWAY = 1001  # RFC 6455, section 7.4.1: the server is stopping
POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1
RESTARTED = 1012  # IANA's registry of close codes: the service's state has changed
TRY_LATER = 1013  # IANA's registry of close codes
# Why a viewer is gone: it left, did not read, did not answer a ping, or was told to go with a close code.
LEFT, SLOW, TIMEOUT = "left", "slow", "timeout"
WHY = {GOING_AWAY: "stopping", POLICY_VIOLATION: "rejected", RESTARTED: "replaced", TRY_LATER: "overload"}
REASONS = (LEFT, SLOW, TIMEOUT, *WHY.values())


class Channel(Protocol):
    """A channel as the fan-out hub sees it.

    `size` is the number of bytes waiting in it, and `open` whether it still leads to the viewer.
    """

    @property
    def size(self) -> int: ...

    @property
    def open(self) -> bool: ...

    def take(self, message: EncodedMessage) -> None:
        """Send a message, now or later. Never waits."""

    def take_all(self, messages: EncodedMessages) -> None:
        """Send several messages in order, if possible as one piece. Never waits."""

    def disconnect(self) -> None:
        """Disconnect a viewer whose buffer is full; it can resume."""

    def end(self, code: int, reason: str) -> None:
        """Close in an orderly way, with a reason if the protocol can carry one (close codes: RFC 6455)."""


class Endpoint(Protocol):
    """Who is at a connection's other end: how to encode messages for it, and what to do with what it sends.

    `kind` is the name of its protocol in metrics.
    """

    kind: str

    @property
    def encode(self) -> Callable[[EncodedMessage | EncodedMessages], bytes]:
        """Selects the encoding of a message, or of several."""

    @property
    def linger(self) -> float:
        """Seconds for it to take what waits and hang up, once it has been told to."""

    def closing_bytes(self, code: int, reason: str) -> bytes:
        """The last bytes for it, from a close code and a reason."""

    def receive(self, data: bytes) -> None:
        """Process what it sends; may wait, during which nothing more is read."""

    def left(self) -> None:
        """Forget it: its connection has ended."""


class StreamChannel:
    """A connection used by one stream alone: server-sent events, or a WebSocket.

    Nothing is kept for a viewer that only waits: what it sends is read when it comes, and a greenlet writes
    only while the viewer does not take what it is sent. `why` is the reason why the viewer was disconnected,
    once it was.
    """

    __slots__ = (
        "_gathered",
        "_socket",
        "_timer",
        "_waiting",
        "bound",
        "busy",
        "endpoint",
        "open",
        "over",
        "size",
        "why",
    )

    def __init__(self, socket: DetachedSocket, bound: int, endpoint: Endpoint):
        self.bound = bound
        self.busy = False  # with what the viewer has sent; whatever it sends meanwhile is read afterwards
        self.endpoint = endpoint
        self.why = ""
        self.open = True  # until it is told to hang up, or has gone
        self.over = False  # once the connection has ended
        self.size = 0
        self._gathered: bytearray | None = None  # what has been written in a block that gathers it
        self._socket = socket
        self._timer: Any = None
        self._waiting: deque[bytes] | None = None  # while a greenlet writes it

    @property
    def kind(self) -> str:
        return self.endpoint.kind

    def listen(self) -> None:
        """Pass on what the viewer sends, from now on."""
        if not self.over:
            self._socket.when_readable(self._read)

    def take(self, message: EncodedMessage) -> None:
        self.write(self.endpoint.encode(message))

    def take_all(self, messages: EncodedMessages) -> None:
        self.write(self.endpoint.encode(messages))

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Send what is written in the block as one piece, or several if it is long or takes long."""
        self._gathered = bytearray()
        timer = eventloop.call_after(GATHER_S, self._send_gathered)
        try:
            yield
        finally:
            timer.cancel()
            self._send_gathered()

    def write(self, data: bytes) -> None:
        """Send bytes, buffering what cannot be sent at once."""
        if not self.open:
            return
        if self._gathered is not None:
            self._gathered += data
            if len(self._gathered) < GATHERED_BYTES:
                return
            data, self._gathered = bytes(self._gathered), bytearray()
        if self._waiting is None:
            try:
                sent = self._socket.write(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._end()
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._waiting = deque()
            eventloop.spawn(self._flush, self._waiting)
        self._waiting.append(data)
        self.size += OVERHEAD_BYTES + len(data)
        if self.size > self.bound:
            self.disconnect()

    def end(self, code: int, reason: str) -> None:
        """Send the reason after everything that waits, and close this direction of the connection."""
        if not self.open:
            return
        self.why = self.why or WHY[code]
        self.write(self.endpoint.closing_bytes(code, reason))
        self._end()

    def disconnect(self) -> None:
        """Discard what waits, except what is being sent (half a frame is invalid), and send the reason."""
        if not self.open:
            return
        if not self._waiting:
            self.end(TRY_LATER, "too many are watching too much: resume with after_id")
            return
        log.warning("a viewer does not read: disconnecting it with %d bytes waiting", self.size)
        self.why = SLOW
        self._gathered = None
        being_sent = self._waiting[0]
        self._waiting.clear()
        self._waiting += (
            being_sent,
            self.endpoint.closing_bytes(TRY_LATER, "too much waits to be read: resume with after_id"),
        )
        self.size = 0
        self._end()

    def close(self) -> None:
        """Close the connection at once."""
        if self.over:
            return
        self.open, self.over = False, True
        if self._timer is not None:
            self._timer.cancel()
        if self._waiting is None:
            self._socket.close()
        else:
            self._socket.shutdown(socket.SHUT_RDWR)  # which ends the greenlet that writes, and that closes it
        self.endpoint.left()

    def _end(self) -> None:
        """Take nothing more, and give the viewer some time to hang up."""
        if not self.open:
            return
        self._send_gathered()
        self.open = False
        if self._waiting is None:
            self._socket.shutdown(socket.SHUT_WR)
        self._timer = eventloop.call_after(self.endpoint.linger, self.close)

    def _send_gathered(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered:
            self.write(bytes(gathered))

    def _read(self) -> None:
        """Read what has come; once the viewer has been told to hang up, discard it.

        Closing a connection with unread data would reset it, and the viewer might never see why it ends.
        """
        slice_ = eventloop.TimeSlice()
        try:
            while not self.over and (data := self._socket.read(READ_BYTES)) is not None:
                if not data:
                    self.close()
                elif self.open:
                    self._pass_on(data)
                slice_.maybe_yield()
        except Exception:
            log.exception("a viewer's connection failed")
            self.close()

    def _pass_on(self, data: bytes) -> None:
        self.busy = True
        try:
            self.endpoint.receive(data)
        finally:
            self.busy = False

    def _flush(self, waiting: deque[bytes]) -> None:
        try:
            while waiting:
                self._socket.write_all(waiting[0], PATIENCE_S)
                self.size = max(0, self.size - OVERHEAD_BYTES - len(waiting.popleft()))
        except OSError:
            waiting.clear()
            self.size = 0
            self._end()
            self._socket.shutdown(socket.SHUT_RDWR)
        self._waiting = None
        if self.over:
            self._socket.close()
        elif not self.open:
            self._socket.shutdown(socket.SHUT_WR)


class WaitingChannel:
    """A request that waits for the first matching message; what arrives is its response.

    When the request wakes up, `found` holds the newest messages that have arrived by then, or the oldest if
    it asks for them: at most as many as it wants, and at most `bound` characters of them. `truncated` says
    whether there were more.
    """

    __slots__ = ("_text", "arrived", "bound", "found", "open", "query", "truncated")

    size = 0

    def __init__(self, query: Query, bound: int) -> None:
        self.query = query
        self.bound = bound
        self.open = True
        self.arrived = threading.Event()
        self.found: deque[Message] = deque()
        self.truncated = False
        self._text = 0

    def begin(self, up_to_id: int) -> None:
        """Begin after that id: messages up to it are read from the database."""
        self.query = self.query._replace(after_id=max(up_to_id, self.query.after_id))
        so_far, self.found, self._text = self.found, deque(), 0
        was_truncated, self.truncated = self.truncated, False
        if self.open:
            self.arrived.clear()
        for message in so_far:
            self._keep(message)
        self.truncated = self.truncated or (was_truncated and bool(self.found))

    def take(self, message: EncodedMessage) -> None:
        self._keep(message.message)

    def take_all(self, messages: EncodedMessages) -> None:
        for message in messages.messages:
            self.take(message)

    def disconnect(self) -> None:
        """Respond with what has arrived."""
        self.end(TRY_LATER, "")

    def end(self, code: int, reason: str) -> None:  # noqa: ARG002, the client gets a response instead
        self.open = False
        self.arrived.set()

    def _keep(self, message: Message) -> None:
        oldest = self.query.oldest
        if not self.query.admits(message) or (oldest and self.truncated):
            return
        self.found.append(message)
        self._text += len(message.message)
        while len(self.found) > self.query.limit or self._text > self.bound:
            left_out = self.found.pop() if oldest else self.found.popleft()
            self._text -= len(left_out.message)
            self.truncated = True
        self.arrived.set()
