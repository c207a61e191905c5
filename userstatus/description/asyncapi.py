"""The AsyncAPI 3.0 description of live delivery: every frame in both directions, each an entry in FRAMES."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

from userstatus import __version__
from userstatus.description.schemas import COMMON, OF_VIEWERS, Schema, closed, ref
from userstatus.live.fanout import HEARTBEAT_S
from userstatus.live.requests import MAX_SITES
from userstatus.live.socketio import MAX_REQUEST_BYTES
from userstatus.live.sse import RECONNECT_MS
from userstatus.message import MAX_BODY_BYTES

Json = dict[str, Any]
SEND, RECEIVE = "send", "receive"  # as this service sees it


class Frame(NamedTuple):
    """One kind of frame: the channel and its direction, its name there, what it means and what is in it."""

    channel: str
    action: str
    name: str
    summary: str
    payload: Schema

    @property
    def key(self) -> str:
        """The name of the message in the description, such as `ws.send.accepted`."""
        return f"{self.channel}.{self.action}.{self.name}"


CHANNELS = {
    "socketio": (
        "/socket.io",
        (
            "Socket.IO, in its default namespace; messages are named like events. The payload of "
            "`connect` is what a client calls `auth`; `acknowledged` and `not_acknowledged` answer "
            f"`subscribe` and `unsubscribe`. At most {MAX_REQUEST_BYTES} bytes may be sent at a time."
        ),
    ),
    "ws": (
        "/ws",
        (
            f"A plain WebSocket. A viewer may send {MAX_BODY_BYTES} bytes at a time, and one that was silent "
            f"for {HEARTBEAT_S:.0f} seconds is pinged. Close codes: 1001 the server stops, or a ping was not "
            f"answered; 1008 more than {MAX_SITES} sites, or others than the key's; "
            f"1009 too large a frame; 1012 the log was replaced; "
            "1013 the viewer does not read."
        ),
    ),
    "datastream": ("/datastream", "The same as /ws, with messages in the Photon Ranch format."),
    "events": (
        "/events",
        (
            "Server-sent events, named as they are. The `id` of an event is a cursor. Something is sent "
            f"every {HEARTBEAT_S:.0f} seconds, and browsers reconnect after {RECONNECT_MS} ms."
        ),
    ),
}


def _told(what: str, schema: str) -> Schema:
    """A frame of a plain WebSocket that is not a message."""
    return closed({what: ref(schema)})


def _action(name: str, properties: dict[str, Schema] | None = None, optional: tuple[str, ...] = ()) -> Schema:
    """What a viewer sends over a plain WebSocket; other fields are ignored."""
    named = closed({"action": {"const": name}, **(properties or {})}, optional)
    del named["additionalProperties"]
    return named


WANTED: Schema = {
    "type": "object",
    "properties": {"site": ref("WantedSites"), "after_id": ref("After")},
}
CONNECT: Schema = {
    "type": "object",
    "properties": {
        **WANTED["properties"],
        "key": {
            "type": "string",
            "description": "a key, if one is needed; what does not begin with us_ is ignored",
        },
    },
}
REQUIRED: Schema = {**WANTED, "required": ["site"]}
ENVELOPE = closed(
    {"topic": {"const": "userstatus"}, "site": ref("Site"), "data": ref("LiveMessage")},
    description="a message, in the format of Photon Ranch",
)


def _of_websocket(channel: str, message: Schema) -> list[Frame]:
    sent = {
        "message": ("A message", message),
        "subscribed": ("First, if the viewer named an `after_id`", _told("subscribed", "Status")),
        "accepted": ("What the viewer posted is committed", _told("accepted", "Accepted")),
        "caughtup": ("After everything that was missed, if asked for", _told("caughtup", "EndOfLog")),
        "error": ("What the viewer sent is not accepted", ref("Error")),
    }
    received = {
        "newlog": ("Post a message", {"allOf": [_action("newlog"), ref("NewMessage")]}),
        "updatesubscribersite": (
            "Watch these sites instead",
            _action("updatesubscribersite", WANTED["properties"], ("after_id",)),
        ),
        "caughtup": ("Ask for the end of the log", _action("caughtup")),
    }
    return [
        *(Frame(channel, SEND, name, *content) for name, content in sent.items()),
        *(Frame(channel, RECEIVE, name, *content) for name, content in received.items()),
    ]


FRAMES = [
    Frame("socketio", SEND, "newlog", "A message", ref("LiveMessage")),
    Frame(
        "socketio",
        SEND,
        "subscribed",
        "After what was missed, if the viewer connected with `after_id`",
        ref("Acknowledgement"),
    ),
    Frame(
        "socketio",
        SEND,
        "connect_error",
        "Why a viewer could not connect",
        closed(
            {"message": {"type": "string", "minLength": 1}, "data": ref("Error")},
            optional=("data",),
        ),
    ),
    Frame("socketio", SEND, "acknowledged", "What the viewer watches now", ref("Acknowledgement")),
    Frame("socketio", SEND, "not_acknowledged", "Why nothing has changed", ref("RejectedEvent")),
    Frame(
        "socketio", RECEIVE, "connect", "Watch these sites, with `after_id` after what was missed", CONNECT
    ),
    Frame("socketio", RECEIVE, "subscribe", "Watch these sites as well", REQUIRED),
    Frame("socketio", RECEIVE, "unsubscribe", "Stop watching these sites", REQUIRED),
    *_of_websocket("ws", ref("LiveMessage")),
    *_of_websocket("datastream", ENVELOPE),
    Frame("events", SEND, "subscribed", "Always first", ref("Status")),
    Frame("events", SEND, "newlog", "A message", ref("LiveMessage")),
    Frame(
        "events", SEND, "caughtup", "After everything that was missed, then as a heartbeat", ref("EndOfLog")
    ),
    Frame("events", SEND, "closing", "Why the stream ends", ref("Error")),
]
ANSWERED = ("subscribe", "unsubscribe")  # by an acknowledgement, in Socket.IO


def document() -> Json:
    """The whole description, as an object to be written as JSON or YAML."""
    return deepcopy(_document())  # nobody shares what is in the tables above


def _document() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "userstatus, live",
            "version": __version__,
            "description": "Messages as they come. Every interface delivers the same ones in the "
            "same order, and resumes without a gap after a cursor. "
            "Below /dev there is the same for the dev stage.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name) for name in CHANNELS},
        "operations": {
            f"{channel}.{action}": operation
            for channel in CHANNELS
            for action in (SEND, RECEIVE)
            if (operation := _operation(channel, action))
        }
        | {f"socketio.{event}": _answered(event) for event in ANSWERED},
        "components": {
            "schemas": COMMON | OF_VIEWERS,
            "messages": {
                frame.key: {
                    "name": frame.name,
                    "title": f"{frame.name} ({CHANNELS[frame.channel][0]})",
                    "summary": frame.summary,
                    "payload": frame.payload,
                }
                for frame in FRAMES
            },
        },
    }


def _channel(name: str) -> Json:
    address, description = CHANNELS[name]
    return {
        "address": address,
        "description": description,
        "messages": {
            frame.key: {"$ref": f"#/components/messages/{frame.key}"}
            for frame in FRAMES
            if frame.channel == name
        },
    }


def _operation(channel: str, action: str) -> Json | None:
    """All frames of a channel in one direction, but those that are an operation of their own."""
    keys = [
        frame.key
        for frame in FRAMES
        if (frame.channel, frame.action) == (channel, action)
        and not (channel == "socketio" and frame.name in (*ANSWERED, "acknowledged", "not_acknowledged"))
    ]
    if not keys:
        return None
    who = "this service sends" if action == SEND else "a viewer sends"
    return _exchange(action, channel, f"What {who}", keys)


def _answered(event: str) -> Json:
    found = _exchange(
        RECEIVE, "socketio", f"`{event}` and its acknowledgement", [f"socketio.receive.{event}"]
    )
    answers = ["socketio.send.acknowledged", "socketio.send.not_acknowledged"]
    return {**found, "reply": {"channel": found["channel"], "messages": _messages("socketio", answers)}}


def _exchange(action: str, channel: str, summary: str, keys: list[str]) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": _messages(channel, keys),
    }


def _messages(channel: str, keys: list[str]) -> list[Json]:
    return [{"$ref": f"#/channels/{channel}/messages/{key}"} for key in keys]
