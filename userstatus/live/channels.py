"""Channels: how a message gets to one viewer without ever waiting for it.

What the viewer's socket does not accept at once is buffered, in order, up to a limit. A viewer that exceeds
it is disconnected; it can reconnect and resume.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from userstatus import eventloop
from userstatus.live.encodings import EncodedMessage
from userstatus.message import Message
from userstatus.store.reader import Query

log = logging.getLogger(__name__)

OVERHEAD_BYTES = 100  # overhead of a buffered item
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

    def disconnect(self) -> None:
        """Disconnect a viewer whose buffer is full; it can resume."""

    def end(self, code: int, reason: str) -> None:
        """Close in an orderly way, with a reason if the protocol can carry one (close codes: RFC 6455)."""


class StreamChannel:
    """A connection used by one stream alone: server-sent events, or a plain WebSocket.

    `kind` is the protocol's name, and `why` the reason why the viewer was disconnected, once it was.
    `encode` selects a message's encoding; `closing_bytes` makes the last bytes from a close code and a
    reason. The connection's timeout limits how long a viewer may read nothing at all.
    """

    __slots__ = (
        "_flushing",
        "_waiting",
        "bound",
        "closing_bytes",
        "connection",
        "encode",
        "kind",
        "open",
        "size",
        "why",
    )

    def __init__(
        self,
        connection: Any,
        bound: int,
        encode: Callable[[EncodedMessage], bytes],
        closing_bytes: Callable[[int, str], bytes],
        kind: str,
    ):
        self.connection = connection
        self.bound = bound
        self.encode = encode
        self.closing_bytes = closing_bytes
        self.kind = kind
        self.why = ""
        self.open = True
        self.size = 0
        self._waiting: deque[bytes] = deque()
        self._flushing = False

    def take(self, message: EncodedMessage) -> None:
        self.write(self.encode(message))

    def write(self, data: bytes) -> None:
        """Send bytes, buffering what cannot be sent at once."""
        if not self.open:
            return
        if not self._flushing:
            try:
                sent = eventloop.write_nowait(self.connection, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.open = False  # the greenlet that reads from the connection will notice, too
                return
            if sent == len(data):
                return
            data = data[sent:]
            self._flushing = True
            eventloop.spawn(self._flush)
        self._waiting.append(data)
        self.size += OVERHEAD_BYTES + len(data)
        if self.size > self.bound:
            self.disconnect()

    def end(self, code: int, reason: str) -> None:
        """Send the reason after everything that waits, and close this direction of the connection."""
        if not self.open:
            return
        self.why = self.why or WHY[code]
        self.write(self.closing_bytes(code, reason))
        self.open = False
        if not self._flushing:
            self._shut(socket.SHUT_WR)

    def disconnect(self) -> None:
        """Discard what waits, except what is being sent (half a frame is invalid), and send the reason."""
        if not self.open:
            return
        if not self._waiting:
            self.end(TRY_LATER, "too many are watching too much: resume with after_id")
            return
        log.warning("a viewer does not read: disconnecting it with %d bytes waiting", self.size)
        self.open, self.why = False, SLOW
        being_sent = self._waiting[0]
        self._waiting.clear()
        self._waiting += (
            being_sent,
            self.closing_bytes(TRY_LATER, "too much waits to be read: resume with after_id"),
        )
        self.size = 0

    def _flush(self) -> None:
        waiting = self._waiting
        try:
            while waiting:
                self.connection.sendall(waiting[0])
                self.size = max(0, self.size - OVERHEAD_BYTES - len(waiting.popleft()))
        except OSError:
            self.open = False
            waiting.clear()
            self._shut(socket.SHUT_RDWR)
        self._flushing = False
        if not self.open:
            self._shut(socket.SHUT_WR)

    def _shut(self, how: int) -> None:
        with suppress(OSError):
            self.connection.shutdown(how)


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
