"""Where this service differs from the Socket.IO libraries: packets, channels, rooms, and who is dropped."""

from __future__ import annotations

import json
from typing import Any

import pytest
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket

from tests.support.attendance import rooms as create_rooms
from tests.support.connections import pair, received
from tests.support.greenlets import GREEN_TIME, run_until
from tests.support.messages import stored
from userstatus.errors import Rejection
from userstatus.live import pending, socketio
from userstatus.live.encodings import EncodedMessage
from userstatus.live.message_socket import MessageSocket
from userstatus.live.socketio import Rooms, ViewerSocket


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    monkeypatch.setattr(pending, "time", GREEN_TIME)  # as in a server, where waiting stops nobody else
    return create_rooms()


def connected(rooms: Rooms, connection: Any = None) -> ViewerSocket:
    """A viewer's Engine.IO connection, over a WebSocket if there is one."""
    viewer = ViewerSocket(rooms.server.eio, "engine")
    rooms.sockets["engine"] = viewer
    if connection is not None:
        viewer.upgraded = True
        viewer.websocket = MessageSocket(connection, 1000)
    return viewer


def packet(text: str) -> Any:
    return EnginePacket(MESSAGE, text)


def test_the_handler_of_a_connection_rejects_it_with_the_reason_in_both_shapes() -> None:
    refused = socketio.ConnectionRefused("no", Rejection("no", "site").as_json())
    assert refused.error_args == {"message": "no", "data": {"error": "no", "field": "site"}}


def test_a_handshake_that_cannot_be_accepted_is_answered_with_the_version_that_can(rooms: Rooms) -> None:
    viewer = connected(rooms)
    started: list[Any] = []
    application = rooms._upgrade(viewer._websocket_handler, rooms.server.eio)
    (body,) = application({"HTTP_SEC_WEBSOCKET_VERSION": "8"}, lambda *answer: started.append(answer))
    ((status, headers),) = started
    assert (status, dict(headers)["Sec-WebSocket-Version"]) == ("426 Upgrade Required", "13")
    assert json.loads(body)["error"].startswith("Sec-WebSocket-Version is not 13")
    assert (rooms.sockets, viewer.closed) == ({}, True)


def test_a_message_is_written_past_an_empty_queue(rooms: Rooms) -> None:
    with pair() as (ours, theirs):
        viewer, encoded = connected(rooms, ours), EncodedMessage(stored(1))
        viewer.take(encoded)
        assert received(theirs, len(encoded.socketio_frame)) == encoded.socketio_frame
        assert viewer.queue.empty()


def test_a_message_queues_behind_what_waits_or_is_being_written(rooms: Rooms) -> None:
    with pair() as (ours, _):
        viewer = connected(rooms, ours)
        viewer.send(packet("first"))
        viewer.take(EncodedMessage(stored(2)))
        assert viewer.queue.qsize() == 2
        other = connected(rooms, ours)
        assert other.websocket is not None
        with other.websocket.lock:
            other.take(EncodedMessage(stored(3)))
        assert other.queue.qsize() == 1


def test_a_message_queues_for_a_viewer_that_polls_or_has_not_yet_upgraded(rooms: Rooms) -> None:
    with pair() as (ours, _):
        polling, upgrading = connected(rooms), connected(rooms, ours)
        upgrading.upgraded = False
        encoded = EncodedMessage(stored(1))
        for viewer in (polling, upgrading):
            viewer.take(encoded)
            assert viewer.queue.get() is encoded.packet, "one for all of them"
        assert encoded.packet.encode() == f"4{encoded.socketio_event}"


def test_the_rest_of_a_frame_is_written_before_anything_else(rooms: Rooms) -> None:
    with pair() as (ours, theirs):
        viewer = connected(rooms, ours)
        large = EncodedMessage(stored(1, "x" * 500_000))
        viewer.take(large)
        assert viewer.websocket is not None
        assert not viewer.websocket.lock.is_free
        viewer.take(EncodedMessage(stored(2)))
        assert viewer.queue.qsize() == 1
        assert received(theirs, len(large.socketio_frame)) == large.socketio_frame
        run_until(lambda: viewer.websocket and viewer.websocket.lock.is_free)


@pytest.mark.parametrize("closed", [True, False])
def test_a_viewer_is_open_until_the_library_closes_it(closed: bool, rooms: Rooms) -> None:
    viewer = connected(rooms)
    viewer.closed = closed
    assert viewer.open is not closed
    viewer.take(EncodedMessage(stored(1)))
    assert viewer.queue.empty() is closed


def test_a_viewer_for_whom_too_much_waits_is_disconnected_and_what_waits_is_forgotten(rooms: Rooms) -> None:
    with pair() as (ours, theirs):
        viewer = connected(rooms, ours)
        viewer.send(packet("x" * 1000))
        assert (viewer.open, viewer.size > rooms.bound) == (True, True)
        viewer.send(packet("x" * 1000))
        assert (viewer.open, [viewer.queue.get() for _ in range(viewer.queue.qsize())]) == (False, [None])
        assert received(theirs, 1) == b"", "its connection has ended"
        assert viewer.why == "slow"


def test_a_viewer_for_whom_nothing_waits_is_disconnected_for_what_all_together_take(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    viewer = connected(rooms)
    viewer.disconnect()
    assert (viewer.open, viewer.why) == (False, "overload")
    assert "does not read" not in caplog.text


def test_a_viewer_is_pinged_unless_it_is_about_to_go(rooms: Rooms) -> None:
    viewer = connected(rooms)
    viewer.last_ping = None
    viewer.ping()
    assert (viewer.last_ping is not None, viewer.queue.get().encode()) == (True, "2")
    viewer.closing = True
    viewer.ping()
    assert viewer.queue.empty()


def test_the_next_ping_is_scheduled_once(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled: list[ViewerSocket] = []
    monkeypatch.setattr(rooms.pings, "schedule", scheduled.append)
    viewer = connected(rooms)
    viewer.schedule_ping()
    viewer.schedule_ping()
    assert scheduled == [viewer]


def test_a_request_that_makes_no_sense_is_an_error_and_not_lost(rooms: Rooms) -> None:
    class Body:
        def read(self, length: int) -> bytes:
            return b"\xff" * length

    with pytest.raises(EngineIOError, match="UnicodeDecodeError"):
        connected(rooms).handle_post_request({"CONTENT_LENGTH": "1", "wsgi.input": Body()})


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
    connected(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    sid = rooms.connect("engine", socketio.NAMESPACE)
    rooms.enter(sid, "a")
    assert rooms.connection_of(sid) == "engine"
    rooms._disconnected("engine", "transport close")
    assert (rooms.connection_of(sid), rooms.rooms_of(sid), rooms.count()) == (None, set(), 0)
    assert (rooms.server.environ, rooms._pending._since) == ({}, {})


def test_a_connection_waits_for_its_viewer_until_that_one_has_connected(rooms: Rooms) -> None:
    connected(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    assert list(rooms._pending._since) == ["engine"]
    rooms.connect("engine", socketio.NAMESPACE)
    assert rooms._pending._since == {}


def test_a_packet_that_makes_no_sense_ends_its_connection(rooms: Rooms) -> None:
    viewer = connected(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    rooms._received("engine", '51-["x",{"_placeholder":true,"num":0}]')
    assert (rooms.sockets, viewer.closed) == ({}, True)
    rooms._received("engine", "of nobody")


def test_an_acknowledgement_that_nobody_asked_for_is_ignored(rooms: Rooms) -> None:
    connected(rooms)
    rooms._connected("engine", {"REMOTE_ADDR": "192.0.2.1"})
    rooms.connect("engine", socketio.NAMESPACE)
    rooms._received("engine", "31[]")
    assert list(rooms.sockets) == ["engine"]


def test_a_viewer_that_was_silent_for_too_long_did_not_leave_by_itself(rooms: Rooms) -> None:
    with pair() as (ours, _):
        viewer = connected(rooms, ours)
        sid = rooms.connect("engine", "/")
        assert viewer.websocket is not None
        viewer.websocket.timed_out = True
        viewer.close(wait=False, abort=True, reason=rooms.server.eio.reason.TRANSPORT_CLOSE)
        assert (rooms.disconnects, rooms.rooms_of(sid)) == ({"timeout": 1}, set())
