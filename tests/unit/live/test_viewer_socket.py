"""A Socket.IO viewer's connection: what it polls, its change to a WebSocket, and when it is disconnected."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from engineio.exceptions import EngineIOError
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket

from tests.support.attendance import engine_viewer
from tests.support.connections import detached_pair, everything, received
from tests.support.frames import CLOSE, CONTINUATION, PING, TEXT, frame
from tests.support.greenlets import others_run, run_until
from tests.support.messages import stored
from userstatus import eventloop
from userstatus.errors import Rejection
from userstatus.live import viewer_socket as module
from userstatus.live.encodings import EncodedMessage
from userstatus.live.socketio import Rooms
from userstatus.live.viewer_socket import ViewerSocket

HEAD = b"HEAD\n"
LARGE = "x" * 500_000  # more than the kernel takes


def packet(text: str) -> Any:
    return EnginePacket(MESSAGE, text)


def sent(text: str) -> bytes:
    """A text of fewer than 126 bytes as a frame of the service."""
    return bytes([0x81, len(text)]) + text.encode()


def test_a_message_over_a_websocket_is_written_at_once_in_a_frame_made_for_all(rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer, encoded = engine_viewer(rooms, ours), EncodedMessage(stored(1))
        viewer.take(encoded)
        assert received(theirs, len(HEAD + encoded.socketio_frame)) == HEAD + encoded.socketio_frame
        assert (viewer.size, encoded.packet) == (0, None)


def test_what_waits_for_a_viewer_when_it_gets_its_websocket_comes_first(rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms)
        viewer.send(packet("opened"))
        viewer.attach(ours, HEAD)
        viewer.send(packet("next"))
        expected = HEAD + sent("4opened") + sent("4next")
        assert received(theirs, len(expected)) == expected
        assert viewer.queue.qsize() == 0


def test_a_message_queues_for_a_viewer_that_polls_or_has_not_yet_upgraded(rooms: Rooms) -> None:
    with detached_pair() as (ours, _):
        polling, upgrading = engine_viewer(rooms, polls=True), engine_viewer(rooms, ours, polls=True)
        encoded = EncodedMessage(stored(1))
        for viewer in (polling, upgrading):
            viewer.take(encoded)
            assert viewer.queue.get() is encoded.packet, "one for all of them"
        assert encoded.packet.encode() == f"4{encoded.socketio_event}"


def test_a_viewer_that_polls_probes_its_websocket_and_changes_to_it(rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours, polls=True)
        assert (viewer.upgrading, viewer.upgraded) == (True, False)
        theirs.sendall(frame(b"2probe"))
        expected = HEAD + sent("3probe")
        assert received(theirs, len(expected)) == expected
        assert viewer.queue.get().encode() == "6", "the poll that waits ends"
        viewer.send(packet("meanwhile"))
        theirs.sendall(frame(b"5"))
        assert received(theirs, 12) == sent("4meanwhile")
        assert (viewer.upgrading, viewer.upgraded) == (False, True)
        with pytest.raises(Rejection, match="has a WebSocket already"):
            viewer.check_upgrade()


def test_a_poll_that_waits_when_the_websocket_takes_over_gets_a_packet_without_effect(rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours, polls=True)
        polled = [eventloop.spawn(viewer.poll) for _ in range(2)]
        others_run()
        theirs.sendall(frame(b"2probe") + frame(b"5"))
        assert [[each.encode() for each in poll.wait()] for poll in polled] == [["6"], ["6"]]
        assert (viewer.open, viewer.upgraded, viewer.queue.qsize()) == (True, True, 0)


def test_a_viewer_whose_request_takes_long_is_not_blamed_for_what_was_not_read(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    proceed = eventloop.Event()
    monkeypatch.setattr(ViewerSocket, "receive", lambda *_: proceed.wait())
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours)
        theirs.sendall(frame(b"42") + frame(b"3"))
        run_until(lambda: viewer.websocket and viewer.websocket.channel.busy)
        viewer.last_ping = 1.0
        assert viewer.check_ping_timeout()
        proceed.send(None)
        run_until(lambda: not viewer.websocket or not viewer.websocket.channel.busy)
        assert not viewer.check_ping_timeout()


@pytest.mark.parametrize(
    "said", [frame(b"5"), frame(b"2other"), frame(b"2probe") + frame(b"40"), b"nonsense", b""]
)
def test_a_viewer_whose_websocket_does_not_work_goes_on_polling(said: bytes, rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours, polls=True)
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: viewer.websocket is None)
        assert (viewer.open, viewer.upgrading, rooms.sockets) == (True, False, {"engine": viewer})
        viewer.check_upgrade()


def test_a_websocket_that_is_never_used_does_not_hold_up_polling_for_ever(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UPGRADE_S", 0.01)
    monkeypatch.setattr(module.WebSocketTransport, "linger", 0.01)
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours, polls=True)
        run_until(lambda: not viewer.upgrading)
        assert everything(theirs) == HEAD + b"\x88\x00"


def test_messages_are_put_together_and_pings_are_answered_between_them(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(ViewerSocket, "receive", lambda _, packet: heard.append(packet.data))
    with detached_pair() as (ours, theirs):
        engine_viewer(rooms, ours)
        theirs.sendall(frame(b"4a", TEXT, fin=False) + frame(b"here?", PING) + frame(b"b", CONTINUATION))
        theirs.sendall(frame(b"4second"))
        run_until(lambda: heard == ["ab", "second"])
        assert received(theirs, len(HEAD) + 7) == HEAD + b"\x8a\x05here?"


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (frame(b"\x03\xe8", CLOSE), b"\x88\x02\x03\xe8"),
        (frame(b"x" * 65537), b"\x88\x24\x03\xf1send at most 65536 bytes at a time"),
    ],
    ids=["a goodbye", "too much"],
)
def test_a_conversation_ends_with_a_close_frame(said: bytes, answer: bytes, rooms: Rooms) -> None:
    with detached_pair(1 << 20) as (ours, theirs):
        viewer = engine_viewer(rooms, ours)
        theirs.sendall(said)
        assert everything(theirs) == HEAD + answer
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: viewer.closed)
        assert (viewer.why, rooms.sockets) == ("left", {})


@pytest.mark.parametrize("said", [b"9", b"4{", b""], ids=["unknown", "invalid", "empty"])
def test_a_packet_that_makes_no_sense_does_no_harm(said: bytes, rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        engine_viewer(rooms, ours)
        theirs.sendall(frame(said))
        theirs.shutdown(socket.SHUT_WR)
        assert everything(theirs) in (HEAD, HEAD + b"\x88\x00")
        run_until(lambda: rooms.sockets == {})


@pytest.mark.parametrize("closed", [True, False])
def test_a_viewer_is_open_until_the_library_closes_it(closed: bool, rooms: Rooms) -> None:
    viewer = engine_viewer(rooms)
    viewer.closed = closed
    assert viewer.open is not closed
    viewer.take(EncodedMessage(stored(1)))
    assert (viewer.queue.qsize() == 0) is closed


def test_a_viewer_that_polls_and_for_whom_too_much_waits_is_disconnected(rooms: Rooms) -> None:
    viewer = engine_viewer(rooms, polls=True)
    viewer.send(packet("x" * 1000))
    assert (viewer.open, viewer.size > rooms.bound) == (True, True)
    viewer.send(packet("x" * 1000))
    assert (viewer.open, [viewer.queue.get() for _ in range(viewer.queue.qsize())]) == (False, [None])
    assert viewer.why == "slow"


@pytest.mark.parametrize("live", [True, False])
def test_a_viewer_that_does_not_read_its_websocket_is_disconnected(live: bool, rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours)
        if live:
            viewer.take(EncodedMessage(stored(1, LARGE)))
        else:
            viewer.send(packet(LARGE))
        assert (viewer.open, viewer.why, rooms.server.eio.sockets) == (False, "slow", {"engine": viewer})
        assert everything(theirs).endswith(b"\x88\x00"), "what has begun is sent, and then the end"
        theirs.shutdown(socket.SHUT_WR)
        run_until(lambda: rooms.sockets == {})


@pytest.mark.parametrize("upgraded", [True, False])
def test_a_viewer_for_whom_nothing_waits_is_disconnected_for_what_all_together_take(
    upgraded: bool, rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    with detached_pair() as (ours, _):
        viewer = engine_viewer(rooms, ours if upgraded else None)
        viewer.disconnect()
        assert (viewer.open, viewer.why) == (False, "overload")
        assert "does not read" not in caplog.text


def test_a_viewer_that_was_silent_for_too_long_did_not_leave_by_itself(rooms: Rooms) -> None:
    with detached_pair() as (ours, theirs):
        viewer = engine_viewer(rooms, ours)
        sid = rooms.connect("engine", "/")
        viewer.last_ping = 1.0
        assert not viewer.check_ping_timeout()
        assert (rooms.disconnects, rooms.rooms_of(sid)) == ({"timeout": 1}, set())
        assert everything(theirs) == HEAD + b"\x88\x00"


def test_a_viewer_is_pinged_unless_it_is_about_to_go(rooms: Rooms) -> None:
    viewer = engine_viewer(rooms)
    viewer.last_ping = None
    viewer.ping()
    assert (viewer.last_ping is not None, viewer.queue.get().encode()) == (True, "2")
    viewer.closing = True
    viewer.ping()
    assert viewer.queue.qsize() == 0


def test_the_next_ping_is_scheduled_once(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled: list[ViewerSocket] = []
    monkeypatch.setattr(rooms.pings, "schedule", scheduled.append)
    viewer = engine_viewer(rooms)
    viewer.schedule_ping()
    viewer.schedule_ping()
    assert scheduled == [viewer]


def test_a_request_that_makes_no_sense_is_an_error_and_not_lost(rooms: Rooms) -> None:
    class Body:
        def read(self, length: int) -> bytes:
            return b"\xff" * length

    with pytest.raises(EngineIOError, match="UnicodeDecodeError"):
        engine_viewer(rooms).handle_post_request({"CONTENT_LENGTH": "1", "wsgi.input": Body()})
