"""Encodings: messages and other data for viewers as bytes, encoded once per protocol for all viewers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from userstatus.live.frames import frame
from userstatus.live.statistics import SiteSummary
from userstatus.message import Cursor, Message

PIECE = 50  # messages, at most, that a viewer is sent at a time
MAX_BYTES_PER_CHAR = 6  # of a text, as JSON
OVERHEAD_BYTES = 500  # of a message beside its text, as sent
MAX_KEPT_CHARS = 250_000  # of messages; all of their encodings take 8 bytes for each, or up to 48
OVERHEAD_CHARS = 200  # of a message beside its text


class EncodedMessage:
    """A message for many viewers: each encoding is made when first needed, once for all of them."""

    def __init__(self, message: Message):
        self.message = message
        self.packet: Any = None  # Socket.IO's encoding, made by its channel when first needed

    @cached_property
    def json(self) -> str:
        return dump(live_shape(self.message))

    @cached_property
    def socketio_event(self) -> str:
        """The Socket.IO event `newlog`, as the text of an Engine.IO message."""
        return f'2["newlog",{self.json}]'

    @cached_property
    def socketio_frame(self) -> bytes:
        """The same event as an Engine.IO packet in a WebSocket frame."""
        return frame(f"4{self.socketio_event}")

    @cached_property
    def websocket(self) -> bytes:
        return frame(self.json)

    @cached_property
    def datastream(self) -> bytes:
        return frame(envelope(self.message.site, self.json))

    @cached_property
    def event(self) -> bytes:
        return self._server_sent.encode()

    @cached_property
    def event_chunk(self) -> bytes:
        return chunk(self._server_sent)

    @cached_property
    def _server_sent(self) -> str:
        return server_sent("newlog", self.json, self.message.cursor)


class EncodedMessages:
    """Some messages in order, as one piece for many viewers; made like the encodings of one message."""

    def __init__(self, messages: Sequence[EncodedMessage]):
        self.messages = messages

    @cached_property
    def socketio_frame(self) -> bytes:
        return b"".join(message.socketio_frame for message in self.messages)

    @cached_property
    def websocket(self) -> bytes:
        return b"".join(message.websocket for message in self.messages)

    @cached_property
    def datastream(self) -> bytes:
        return b"".join(message.datastream for message in self.messages)

    @cached_property
    def event(self) -> bytes:
        return b"".join(message.event for message in self.messages)

    @cached_property
    def event_chunk(self) -> bytes:
        return b"".join(message.event_chunk for message in self.messages)


class Encodings:
    """Encoded messages, of which those that were needed last are kept.

    Viewers who come back at once, after the server or a network has failed, missed the same messages.
    """

    def __init__(self, bound: int = MAX_KEPT_CHARS):
        self._bound = bound
        self._kept: dict[int, EncodedMessage] = {}  # by id, in the order in which they came
        self._size = 0  # characters of text, overhead included

    def of(self, message: Message) -> EncodedMessage:
        """The message, encoded as often as there are protocols."""
        known = self._kept.get(message.id)
        if known is not None and known.message == message:
            return known
        self._forget(message.id)
        self._kept[message.id] = encoded = EncodedMessage(message)
        self._size += _size(message)
        while self._size > self._bound:
            self._forget(next(iter(self._kept)))
        return encoded

    def _forget(self, id: int) -> None:
        known = self._kept.pop(id, None)
        if known is not None:
            self._size -= _size(known.message)


def _size(message: Message) -> int:
    return OVERHEAD_CHARS + len(message.message)


def in_pieces(messages: Sequence[Message], bound: int) -> Iterator[Sequence[Message]]:
    """The messages, in pieces that a viewer is sent at a time: some that fit into `bound` bytes, or one."""
    start = size = 0
    for index, message in enumerate(messages):
        needed = OVERHEAD_BYTES + MAX_BYTES_PER_CHAR * len(message.message)
        if index > start and (size + needed > bound or index - start == PIECE):
            yield messages[start:index]
            start, size = index, 0
        size += needed
    if messages:
        yield messages[start:]


def chunk(text: str) -> bytes:
    """A chunk of an HTTP response of unknown length (RFC 9112, section 7.1)."""
    payload = text.encode()
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def http_shape(message: Message) -> dict[str, Any]:
    """A message as returned by `/recent-logs` and `/sites`; its last three fields only where they are set."""
    shape: dict[str, Any] = {
        "id": message.id,
        "site": message.site,
        "message": message.message,
        "log_level": message.log_level,
        "timestamp": message.timestamp,
        "received_at": message.received_at,
        "cursor": str(message.cursor),
    }
    if message.next_within is not None:
        shape["next_within"] = message.next_within
    if message.original_level is not None:
        shape["original_level"] = message.original_level
    if message.notice is not None:
        shape["notice"] = message.notice.as_json()
    return shape


def live_shape(message: Message) -> dict[str, Any]:
    """A message as pushed to viewers; the timestamp is text, as the predecessor documents it."""
    return {**http_shape(message), "timestamp": str(message.timestamp)}


def end_shape(end: Cursor) -> dict[str, Any]:
    """The position of a viewer that has seen everything: `{"last_id": 41, "cursor": "41-…"}`."""
    return {"last_id": end.id, "cursor": str(end)}


def site_shape(
    summary: SiteSummary, name: str | None = None, silent_after: int | None = None
) -> dict[str, Any]:
    """A site as returned by `/sites`; its `name`, and when it is `silent_after`, only if it is configured."""
    latest = {level: http_shape(message) for level, message in summary.latest.items()}
    shape = {**summary._asdict(), "last": http_shape(summary.last), "latest": latest}
    if name is not None:
        shape["name"] = name
    if silent_after is not None:
        shape["silent_after"] = silent_after
    for lasting in ("silence", "mute"):
        notice = shape.pop(lasting)
        if notice is not None:
            shape[lasting] = notice.as_json()
    return shape


def envelope(site: str, message: str) -> str:
    """A message in the format of Photon Ranch's data stream; `message` is already JSON."""
    return f'{{"topic":"userstatus","site":"{site}","data":{message}}}'


def server_sent(event: str, data: str, cursor: Cursor | None = None) -> str:
    """An event in a stream of server-sent events (the HTML standard, section 9.2); `data` is one line.

    `cursor` is what a browser sends back when it resumes.
    """
    id_line = "" if cursor is None else f"id: {cursor}\n"
    return f"{id_line}event: {event}\ndata: {data}\n\n"


def dump(content: Any) -> str:
    """Compact JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
