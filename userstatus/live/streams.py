"""Streams: viewers that have a connection of their own, once their request has been accepted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from wsproto.frame_protocol import CloseReason

from userstatus.errors import Rejection
from userstatus.live import frames
from userstatus.live.channels import LEFT, StreamChannel
from userstatus.live.encodings import EncodedMessage
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Follower, Position
from userstatus.live.permits import Permit
from userstatus.live.requests import Watch
from userstatus.live.subscriptions import Viewer

HEARTBEAT_S = 20.0  # of silence after which something is sent; platforms end a silent connection after 55
LINGER_S = 10.0  # for a viewer to take what waits and hang up, once it has been told to
STOP_LINGER_S = 0.2  # the same for a viewer that still sends while the server stops


class Stream(ABC):
    """A viewer's connection. `position` is where it continues in the log, if it sent a cursor."""

    encode: Callable[[EncodedMessage], bytes]  # selects the encoding of a message
    kind: str  # the protocol's name in metrics
    headers: list[tuple[str, str]]  # further headers of the HTTP response
    channel: StreamChannel
    viewer: Viewer

    def __init__(
        self, watch: Watch, position: Position | None, fanout: Fanout, follower: Follower, permit: Permit
    ):
        self.asked = watch
        self.position = position
        self.fanout = fanout
        self.follower = follower
        self.permit = permit

    address = ""  # of the client, which takes a seat

    def run(self, connection: Any) -> None:
        """Serve the viewer at the other end of the connection until it leaves or is disconnected."""
        connection.settimeout(HEARTBEAT_S)
        self.channel = StreamChannel(
            connection, self.fanout.bound, self.encode, self.closing_bytes, self.kind
        )
        with self.fanout.registered(self.channel, self.permit, self.address) as sid:
            self.viewer = Viewer(sid, self.fanout, self.follower)
            self.channel.write(self.opening())
            try:
                self.begin(self.asked)
            except Rejection as rejection:
                self.channel.end(CloseReason.POLICY_VIOLATION, rejection.error)
            while self.channel.open and (data := self._received(connection)):
                self.receive(data)
            self.fanout.disconnects[self.channel.why or LEFT] += 1
            frames.drain(connection, STOP_LINGER_S if self.fanout.ending else LINGER_S)

    def begin(self, watch: Watch) -> None:
        """Tell a resuming viewer its position, send what it missed, and subscribe. Raises Rejection."""
        if watch.resumes:
            self.tell("subscribed", {**self.viewer.status(self.position), "sites": sorted(watch.sites)})
        if watch.cursor is None:
            self.viewer.watch(watch.sites)
        else:
            self.viewer.resume(watch.sites, watch.cursor, self.position)

    @abstractmethod
    def opening(self) -> bytes:
        """The head of the HTTP response."""

    @abstractmethod
    def tell(self, what: str, content: dict[str, Any]) -> None:
        """Send something other than a message."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Process what the viewer sends."""

    @abstractmethod
    def heartbeat(self) -> None:
        """Send something to keep the connection open, as the viewer has been silent for a while."""

    @abstractmethod
    def closing_bytes(self, code: int, reason: str) -> bytes:
        """The end of the stream, with a close code of RFC 6455."""

    def _received(self, connection: Any) -> bytes:
        """The next bytes that the viewer sends; empty once the connection has ended."""
        while True:
            try:
                data: bytes = connection.recv(frames.READ_BYTES)
            except TimeoutError:
                if not self.channel.open:
                    return b""
                self.heartbeat()
            except OSError:
                return b""
            else:
                return data
