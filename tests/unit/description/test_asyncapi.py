"""The AsyncAPI document: every frame has a name of its own, and an operation that exchanges it."""

from __future__ import annotations

from userstatus.description import asyncapi
from userstatus.live.websocket import DataStream, WebSocket

DOCUMENT = asyncapi.document()


def test_every_frame_is_exchanged_by_an_operation() -> None:
    operations = DOCUMENT["operations"].values()
    exchanged = {
        message["$ref"].rpartition("/")[2]
        for each in operations
        for message in each["messages"] + each.get("reply", {}).get("messages", [])
    }
    assert exchanged == set(DOCUMENT["components"]["messages"]) == {frame.key for frame in asyncapi.FRAMES}


def test_the_actions_of_a_websocket_are_those_that_the_service_takes() -> None:
    for channel, kind in (("ws", WebSocket), ("datastream", DataStream)):
        described = {
            frame.name
            for frame in asyncapi.FRAMES
            if (frame.channel, frame.action) == (channel, asyncapi.RECEIVE)
        }
        assert described == set(kind._ACTIONS)
