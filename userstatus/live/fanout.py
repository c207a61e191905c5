"""Fan-out: one message to every viewer that watches its site, whatever protocol the viewer speaks.

Rooms are those of the Socket.IO server, keyed by site; viewers that speak other protocols join them as well.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from userstatus.instruments.counts import Histogram, Tally
from userstatus.live.channels import GOING_AWAY, POLICY_VIOLATION, Channel, WaitingChannel
from userstatus.live.encodings import EncodedMessage, EncodedMessages, Encodings
from userstatus.live.permits import OPEN, Permit
from userstatus.live.pings import Pings
from userstatus.live.seats import Seats
from userstatus.message import EVERY_SITE, Message

HEARTBEAT_S = 20.0  # between heartbeats of a stream; platforms end a silent connection after 55
MAX_CLOSE_S = 1.0  # for viewers to be told that the server stops
STOPS = "the server stops: connect again"
REVOKED = "the key was revoked: ask the operator for another"


class RoomRegistry(Protocol):
    """Which viewers are in which rooms, as kept by Socket.IO's client manager; see `live/socketio`."""

    bound: int
    seats: Seats
    permits: dict[str, Permit]

    @property
    def sockets(self) -> Mapping[str, Channel]:
        """The channels of Socket.IO viewers, by connection."""

    def add(self, sid: str) -> None: ...

    def remove(self, sid: str) -> None: ...

    def enter(self, sid: str, room: str) -> None: ...

    def leave(self, sid: str, room: str) -> None: ...

    def rooms_of(self, sid: str) -> Collection[str | None]: ...

    def members(self, rooms: Sequence[str] | None = None) -> Iterable[tuple[str, str]]: ...

    def connection_of(self, sid: str) -> str | None: ...

    def count(self) -> int: ...


class Fanout:
    """The hub: which viewers watch which sites, and how messages get to them.

    A viewer is identified by its `sid`, which is also the name of a room that has only this viewer in it.
    One that does not read is disconnected when more than `bound` bytes wait for it. It can reconnect and
    resume from its cursor, so it loses nothing.
    """

    def __init__(self, rooms: RoomRegistry):
        self.rooms = rooms
        self.bound = rooms.bound
        self.seats = rooms.seats
        self.ending = False
        self._encodings = Encodings()
        # From the receipt of a message until every viewer's socket or buffer has it, in seconds.
        self.lag = Histogram(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
        self.disconnects = Tally()  # of viewers that do not speak Socket.IO, by reason
        self.heartbeats = Pings(HEARTBEAT_S)  # of streams
        self.rejected = Tally()  # what viewers of all kinds asked for over their connection, by status
        self._channels: dict[str, Channel] = {}  # of viewers that do not speak Socket.IO, by sid

    def deliver(self, messages: Sequence[Message]) -> None:
        """Send messages to everyone who watches their sites, once even to those who watch one twice.

        A viewer gets all of them as one piece, which takes one call of the kernel.
        """
        if len(messages) == 1:
            self._deliver_one(messages[0])
        else:
            self._deliver_some(messages)
        now = time.time()
        for message in messages:
            self.lag.observe(max(0.0, now - message.received_at))

    def _deliver_one(self, message: Message) -> None:
        encoded = self._encodings.of(message)
        sockets, channels = self.rooms.sockets, self._channels
        for _, connection in self.rooms.members([message.site, EVERY_SITE]):
            channel = sockets.get(connection) or channels.get(connection)
            if channel is not None:
                channel.take(encoded)

    def _deliver_some(self, messages: Sequence[Message]) -> None:
        wanted: dict[str, list[EncodedMessage]] = {}  # by connection
        for message in messages:
            encoded = self._encodings.of(message)
            for _, connection in self.rooms.members([message.site, EVERY_SITE]):
                wanted.setdefault(connection, []).append(encoded)
        pieces: dict[tuple[int, ...], EncodedMessages] = {}  # by ids: most viewers want the same ones
        for connection, some in wanted.items():
            ids = tuple(each.message.id for each in some)
            piece = pieces.get(ids) or pieces.setdefault(ids, EncodedMessages(some))
            if (channel := self._channel(connection)) is not None:
                channel.take_all(piece)

    def deliver_to(self, sid: str, messages: Sequence[Message]) -> None:
        """Send messages to one viewer, all at once."""
        channel = self._channel_of(sid)
        if channel is not None:
            channel.take_all(EncodedMessages([self._encodings.of(message) for message in messages]))

    def register(self, channel: Channel, permit: Permit = OPEN, address: str = "") -> str:
        """Register a viewer that does not speak Socket.IO, and return its new `sid`.

        It takes one of the seats; that there is one for its address has been checked.
        """
        sid = secrets.token_urlsafe(15)
        self.seats.take(sid, address)
        self._channels[sid] = channel
        self.rooms.add(sid)
        self.admit(sid, permit)
        if self.ending:
            channel.end(GOING_AWAY, STOPS)
        return sid

    def unregister(self, sid: str) -> None:
        """Forget a viewer that has gone, if that has not been done yet."""
        if self._channels.pop(sid, None) is not None:
            self.seats.give_back(sid)
            self.rooms.remove(sid)

    @contextmanager
    def registered(self, channel: Channel, permit: Permit = OPEN, address: str = "") -> Iterator[str]:
        """Register a viewer that does not speak Socket.IO, under a new `sid`, while the block runs."""
        sid = self.register(channel, permit, address)
        try:
            yield sid
        finally:
            self.unregister(sid)

    def admit(self, sid: str, permit: Permit) -> None:
        """Note what a viewer may watch, for as long as it is connected."""
        if permit is not OPEN:
            self.rooms.permits[sid] = permit

    def permit_of(self, sid: str) -> Permit:
        """What a viewer may watch."""
        return self.rooms.permits.get(sid, OPEN)

    def end_revoked(self, is_valid: Callable[[Any], bool]) -> None:
        """End the connections of viewers whose key is no longer valid. Never waits."""
        for sid, permit in list(self.rooms.permits.items()):
            channel = self._channel_of(sid)
            if permit.key is not None and channel is not None and not is_valid(permit.key):
                channel.end(POLICY_VIOLATION, REVOKED)

    def watch(self, sid: str, sites: Collection[str]) -> None:
        for site in sites:
            self.rooms.enter(sid, site)

    def leave(self, sid: str, sites: Collection[str]) -> None:
        for site in sites:
            self.rooms.leave(sid, site)

    def sites_of(self, sid: str) -> list[str]:
        """The sites that a viewer watches, in alphabetical order."""
        return sorted(room for room in self.rooms.rooms_of(sid) if room is not None and room != sid)

    def is_here(self, sid: str) -> bool:
        """Whether the viewer is connected."""
        channel = self._channel_of(sid)
        return channel is not None and channel.open

    def has_room(self, sid: str) -> bool:
        """Whether the viewer's buffer is less than half full, so that it can take more."""
        channel = self._channel_of(sid)
        return channel is None or not channel.open or channel.size < self.bound // 2

    def _channel_of(self, sid: str) -> Channel | None:
        connection = self.rooms.connection_of(sid)
        return None if connection is None else self._channel(connection)

    def _channel(self, connection: str) -> Channel | None:
        return self.rooms.sockets.get(connection) or self._channels.get(connection)

    def channels(self) -> list[Channel]:
        """The channels of all viewers, including Socket.IO connections whose viewer has not connected yet."""
        return [*self.rooms.sockets.values(), *self._channels.values()]

    def viewers(self) -> Iterator[tuple[str, Channel]]:
        """The viewers that are connected: `sid` and channel. Others may come and go between two of them."""
        for sid, connection in self.rooms.members():
            if (channel := self._channel(connection)) is not None:
                yield sid, channel

    def subscriptions(self) -> list[tuple[int, Channel]]:
        """Pairs of the number of sites that a viewer watches and its channel, for all viewers."""
        viewers = ((len(self.rooms.rooms_of(sid)) - 2, self._channel(at)) for sid, at in self.rooms.members())
        return [(count, channel) for count, channel in viewers if channel is not None]

    def load(self) -> tuple[int, int]:
        """The bytes waiting for all viewers, and the number of subscriptions (a viewer and a site each)."""
        return sum(channel.size for channel in self.channels()), self.rooms.count()

    def respond_to_waiting(self) -> None:
        """Respond to every request that waits for a message, because the server is stopping."""
        self.ending = True
        for channel in self.channels():
            if isinstance(channel, WaitingChannel):
                channel.end(GOING_AWAY, STOPS)

    def disconnect_all(self, code: int, reason: str) -> None:
        """End every connection, with a close code of RFC 6455 if the protocol has them. Never waits."""
        for channel in self.channels():
            channel.end(code, reason)

    def close_all(self) -> None:
        """Close every connection in an orderly way, once everything on its way to the viewer is sent."""
        self.ending = True
        self.disconnect_all(GOING_AWAY, STOPS)
        deadline = time.monotonic() + MAX_CLOSE_S
        while self.channels() and time.monotonic() < deadline:
            time.sleep(0.01)
