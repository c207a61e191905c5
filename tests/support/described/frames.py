"""Frames of live delivery compared with the AsyncAPI document."""

from __future__ import annotations

import json
from functools import lru_cache

import jsonschema

from tests.support.described.schemas import Json, Schemas, Undescribed

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"  # Engine.IO's packets
CONNECTED, DISCONNECTED, EVENT, ACKNOWLEDGEMENT, CONNECT_ERROR = "01234"  # Socket.IO's, in its messages
SEPARATOR = "\x1e"  # between the packets of a long poll
LAST_TEXTS = 1000


class Frames:
    """The frames that the AsyncAPI document names, in both directions."""

    def __init__(self, document: Json):
        self.document = document
        self.schemas = Schemas(document)
        self.payloads: dict[str, Json] = {
            key: message["payload"] for key, message in document["components"]["messages"].items()
        }
        # A message is the same text for all of its viewers, sometimes thousands: it is compared once.
        self.compare = lru_cache(LAST_TEXTS)(self._compare)

    def named(self) -> set[str]:
        """Every frame of every channel, such as `ws.send.accepted`."""
        return set(self.payloads)

    def _compare(self, channel: str, text: str, event: str = "") -> str | None:
        """The name of a frame that came, or None if it only keeps the protocol going.

        `event` is the name of a server-sent event. Raises Undescribed if the document names no such frame.
        """
        if channel == "socketio":
            named = _socketio(text)
        elif channel == "events":
            named = event, _json(text)
        else:
            named = self._of_websocket(channel, _json(text))
        if named is None:
            return None
        key = f"{channel}.send.{named[0]}"
        if key not in self.payloads:
            raise Undescribed(f"{key} is not described: {text:.500}")
        self.schemas.compare(key, self.payloads[key], named[1])
        return key

    def _of_websocket(self, channel: str, content: object) -> tuple[str, object]:
        """A plain WebSocket names what is not a message."""
        keys = content if isinstance(content, dict) else {}
        names = (name for name in keys if f"{channel}.send.{name}" in self.payloads)
        return ("message" if "message" in keys else next(names, "message")), content

    def sent(self, channel: str, text: str, known: set[str]) -> str | None:
        """The name of a frame that a client sends, if it is described and not yet known."""
        for key in self.payloads.keys() - known:
            if key.startswith(f"{channel}.receive."):
                content = _socketio_sent(text, key.rpartition(".")[2]) if channel == "socketio" else text
                if content and self._takes(key, content):
                    return key
        return None

    def _takes(self, key: str, text: str) -> bool:
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            return False
        schema = {**self.payloads[key], "components": self.schemas.components}
        # Not by jsonschema_rs, which does not know the surrogates in a pattern.
        return jsonschema.Draft202012Validator(schema).is_valid(content)


def packets(body: str) -> list[str]:
    """The packets in a long poll, or in what is sent by one; there are none at the end of a session."""
    return [packet for packet in body.split(SEPARATOR) if packet]


def _socketio(packet: str) -> tuple[str, object] | None:
    """The name and the content of a packet, or None if it is the protocol's own."""
    engine, kind, content = packet[:1], packet[1:2], packet[2:]
    if engine != MESSAGE:
        if engine not in (OPEN, CLOSE, PING, PONG, NOOP):
            raise Undescribed(f"this is no packet of Engine.IO: {packet:.500}")
        return None
    if content.startswith("/"):  # the namespace
        content = content.partition(",")[2]
    if kind == EVENT:
        name, *arguments = _list(content)
        return str(name), arguments[0] if len(arguments) == 1 else arguments
    if kind == ACKNOWLEDGEMENT:
        answers = _list(content.lstrip("0123456789"))
        answer = answers[0] if len(answers) == 1 else answers
        accepted = isinstance(answer, dict) and answer.get("ok") is True
        return ("acknowledged" if accepted else "not_acknowledged"), answer
    if kind == CONNECT_ERROR:
        return "connect_error", _json(content)
    if kind not in (CONNECTED, DISCONNECTED):
        raise Undescribed(f"this is no packet of Socket.IO: {packet:.500}")
    return None


def _socketio_sent(packet: str, name: str) -> str | None:
    """The content of a packet that a client sends, as JSON, if it is of this name."""
    if name == "connect":
        return packet[2:] if packet.startswith(MESSAGE + CONNECTED) else None
    if not packet.startswith(MESSAGE + EVENT):
        return None
    try:
        event, content = json.loads(packet[2:].lstrip("0123456789"))
    except (TypeError, ValueError, RecursionError):
        return None
    return json.dumps(content) if event == name else None


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise Undescribed(f"this is not JSON: {text:.500}") from None


def _list(text: str) -> list[object]:
    found = _json(text)
    if not isinstance(found, list) or not found:
        raise Undescribed(f"this is not a list with anything in it: {text:.500}")
    return found
