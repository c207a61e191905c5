"""Where this service differs from the Socket.IO libraries: packets, channels, rooms, and who is dropped."""

from __future__ import annotations

import json
from typing import Any

from tests.support.attendance import engine_viewer
from userstatus.errors import Rejection
from userstatus.live import socketio
from userstatus.live.socketio import Rooms


def test_the_handler_of_a_connection_rejects_it_with_the_reason_in_both_shapes() -> None:
    refused = socketio.ConnectionRefused("no", Rejection("no", "site").as_json())
    assert refused.error_args == {"message": "no", "data": {"error": "no", "field": "site"}}


def test_a_handshake_that_cannot_be_accepted_is_answered_with_the_version_that_can(rooms: Rooms) -> None:
    viewer = engine_viewer(rooms)
    started: list[Any] = []
    application = rooms._upgrade(viewer._websocket_handler, rooms.server.eio)
    (body,) = application({"HTTP_SEC_WEBSOCKET_VERSION": "8"}, lambda *answer: started.append(answer))
    ((status, headers),) = started
    assert (status, dict(headers)["Sec-WebSocket-Version"]) == ("426 Upgrade Required", "13")
    assert json.loads(body)["error"].startswith("Sec-WebSocket-Version is not 13")
    assert (rooms.sockets, viewer.closed) == ({}, True)


def test_viewers_of_other_protocols_are_in_the_same_rooms(rooms: Rooms) -> None:
    rooms.add("one")
    rooms.enter("one", "a")
    rooms.enter("one", "b")
    rooms.leave("one", "b")
    rooms.leave("nobody", "b")
    assert rooms.rooms_of("one") == {None, "one", "a"}
    assert (rooms.connection_of("one"), rooms.count(), list(rooms.members(["a"]))) == (
        "one",
        1,
        [("one", "one")],
    )
    rooms.remove("one")
    assert (rooms.rooms_of("one"), rooms.count(), list(rooms.members())) == (set(), 0, [])
    assert rooms.rooms.get(socketio.NAMESPACE, {}) == {}


def test_a_viewer_of_several_rooms_gets_a_message_once(rooms: Rooms) -> None:
    rooms.add("one")
    rooms.enter("one", "a")
    rooms.enter("one", "*")
    assert list(rooms.members(["a", "*"])) == [("one", "one")]


def test_a_connection_that_has_ended_leaves_nothing_behind(rooms: Rooms) -> None:
    engine_viewer(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    sid = rooms.connect("engine", socketio.NAMESPACE)
    rooms.enter(sid, "a")
    assert rooms.connection_of(sid) == "engine"
    rooms._disconnected("engine", "transport close")
    assert (rooms.connection_of(sid), rooms.rooms_of(sid), rooms.count()) == (None, set(), 0)
    assert (rooms.server.environ, rooms._pending._since) == ({}, {})


def test_a_connection_waits_for_its_viewer_until_that_one_has_connected(rooms: Rooms) -> None:
    engine_viewer(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    assert list(rooms._pending._since) == ["engine"]
    rooms.connect("engine", socketio.NAMESPACE)
    assert rooms._pending._since == {}


def test_a_packet_that_makes_no_sense_ends_its_connection(rooms: Rooms) -> None:
    viewer = engine_viewer(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    rooms._received("engine", '51-["x",{"_placeholder":true,"num":0}]')
    assert (rooms.sockets, viewer.closed) == ({}, True)
    rooms._received("engine", "of nobody")


def test_an_acknowledgement_that_nobody_asked_for_is_ignored(rooms: Rooms) -> None:
    engine_viewer(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    rooms.connect("engine", socketio.NAMESPACE)
    rooms._received("engine", "31[]")
    assert list(rooms.sockets) == ["engine"]


def test_an_event_of_a_viewer_needs_no_more_of_its_request_than_flask_does(rooms: Rooms) -> None:
    engine_viewer(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1", "HTTP_COOKIE": "large"})
    sid = rooms.connect("engine", socketio.NAMESPACE)
    environ = rooms.server.get_environ(sid)
    assert "HTTP_COOKIE" not in environ
    with environ["flask.app"].request_context(environ) as context:
        assert context.request.path == "/"
    assert rooms.server.get_environ("nobody") is None
