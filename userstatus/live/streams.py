"""Streams: viewers that have a connection of their own, once their request has been accepted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from wsproto.frame_protocol import CloseReason

from userstatus.errors import Rejection
from userstatus.live.channels import LEFT, StreamChannel
from userstatus.live.encodings import EncodedMessage, EncodedMessages
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Follower, Position
from userstatus.live.permits import Permit
from userstatus.live.requests import Watch
from userstatus.live.subscriptions import Viewer
from userstatus.sockets import DetachedSocket

LINGER_S = 10.0  # for a viewer to take what waits and hang up, once it has been told to
STOP_LINGER_S = 0.2  # the same for a viewer that still sends while the server stops


class Stream(ABC):
    """A viewer's connection. `position` is where it continues in the log, if it sent a cursor."""

    encode: Callable[[EncodedMessage | EncodedMessages], bytes]  # selects the encoding of messages
    kind: str  # the protocol's name in metrics
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

    def run(self, socket: DetachedSocket, headers: list[tuple[str, str]], address: str = "") -> None:
        """Respond to the viewer at the other end, send what it missed, and serve it from then on.

        `headers` are further headers of the HTTP response, and `address` is the client's, which takes a seat.
        """
        self.channel = channel = StreamChannel(socket, self.fanout.bound, self)
        try:
            with channel.gathering():
                channel.write(self.opening(headers))
                sid = self.fanout.register(channel, self.permit, address)
                self.viewer = Viewer(sid, self.fanout, self.follower)
                self.begin(self.asked)
        except Rejection as rejection:
            channel.end(CloseReason.POLICY_VIOLATION, rejection.error)
        except BaseException:
            channel.close()
            raise
        self.fanout.heartbeats.schedule(self)
        channel.listen()

    @property
    def linger(self) -> float:
        return STOP_LINGER_S if self.fanout.ending else LINGER_S

    def ping(self) -> None:
        """Send a heartbeat, and another one later."""
        if self.channel.open:
            self.heartbeat()
            self.fanout.heartbeats.schedule(self)

    def left(self) -> None:
        self.fanout.disconnects[self.channel.why or LEFT] += 1
        self.fanout.unregister(self.viewer.sid)

    def begin(self, watch: Watch) -> None:
        """Tell a resuming viewer its position, send what it missed, and subscribe. Raises Rejection."""
        if watch.resumes:
            self.tell("subscribed", {**self.viewer.status(self.position), "sites": sorted(watch.sites)})
        if watch.cursor is None:
            self.viewer.watch(watch.sites)
        else:
            self.viewer.resume(watch.sites, watch.cursor, self.position)

    @abstractmethod
    def opening(self, headers: list[tuple[str, str]]) -> bytes:
        """The head of the HTTP response, with these headers as well."""

    @abstractmethod
    def tell(self, what: str, content: dict[str, Any]) -> None:
        """Send something other than a message."""

    @abstractmethod
    def receive(self, data: bytes) -> None:
        """Process what the viewer sends."""

    @abstractmethod
    def heartbeat(self) -> None:
        """Send something that keeps the connection open, and shows whether the viewer is still there."""

    @abstractmethod
    def closing_bytes(self, code: int, reason: str) -> bytes:
        """The end of the stream, with a close code of RFC 6455."""
