"""A plain WebSocket: every frame is a message, and the viewer may post and switch sites."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support import frames
from tests.support.connections import detached_pair, everything, received
from tests.support.frames import CLOSE, PING, frame
from tests.support.greenlets import run_until
from tests.support.logs import followed
from tests.support.messages import stored
from userstatus import eventloop
from userstatus.errors import Rejection
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Position
from userstatus.live.permits import OPEN
from userstatus.live.requests import Watch
from userstatus.live.websocket import DataStream, WebSocket
from userstatus.message import Cursor, InvalidMessage, NewMessage, read_one

PONG = b"\x8a\x05done?"


class Journal:
    """Where a viewer posts."""

    def __init__(self) -> None:
        self.messages: list[NewMessage] = []
        self.proceed: Any = None  # an event, until which nothing is stored

    def ingest(self, content: dict[str, Any]) -> dict[str, Any]:
        if self.proceed:
            self.proceed.wait()
        try:
            posted = read_one(content, now=0)
        except InvalidMessage as invalid:
            raise Rejection(invalid.error, invalid.field) from None
        self.messages += posted.messages
        return posted.accepted([41 + len(self.messages)])


class Conversation:
    """A viewer of the site a, and what it has been sent so far."""

    def __init__(self, connection: Any, fanout: Fanout, journal: Journal):
        self.connection = connection
        self.fanout = fanout
        self.journal = journal
        self.received = b""

    def say(self, content: object) -> None:
        self.send(frame(content if isinstance(content, bytes) else json.dumps(content).encode()))

    def send(self, said: bytes) -> None:
        """Send frames, and wait until the service has done what they ask for."""
        self.connection.sendall(said + frame(b"done?", PING))
        while not self.received.endswith(PONG):
            self.received += received(self.connection, 1)
        self.received = self.received.removesuffix(PONG)

    def heard(self) -> list[Any]:
        """All frames of text, once the server says on_stop."""
        self.fanout.disconnect_all(1001, "bye")
        head, _, body = (self.received + everything(self.connection)).partition(b"\r\n\r\n")
        self.connection.shutdown(socket.SHUT_WR)
        assert head.startswith(b"HTTP/1.1 101 ")
        found = []
        while body and body[0] != 0x88:
            size, start = (int.from_bytes(body[2:4], "big"), 4) if body[1] == 126 else (body[1], 2)
            found.append(json.loads(body[start : start + size]) if body[0] == 0x81 else body[: start + size])
            body = body[start + size :]
        return found


@contextmanager
def conversation(
    fanout: Fanout, kind: type[WebSocket] = WebSocket, cursor: Cursor | None = None, resumes: bool = True
) -> Iterator[Conversation]:
    _, follower = followed(fanout)
    journal = Journal()
    position = cursor and Position(cursor.id, gap=False, replaced=False)
    watch = Watch(["a"], cursor, resumes)
    stream = kind(watch, position, fanout, follower, OPEN, journal.ingest, b"accepted")
    with detached_pair(1 << 20) as (ours, theirs):
        stream.run(ours, [])
        yield Conversation(theirs, fanout, journal)
        run_until(lambda: not fanout.channels())


def test_a_viewer_that_resumes_is_told_its_position_and_gets_what_it_missed(fanout: Fanout) -> None:
    with conversation(fanout, cursor=Cursor(1)) as viewer:
        first, *rest = viewer.heard()
        assert first["subscribed"]["sites"] == ["a"]
        assert [each["id"] for each in rest] == [3, 5]


def test_a_viewer_of_the_predecessor_gets_messages_and_nothing_else(fanout: Fanout) -> None:
    with conversation(fanout, resumes=False) as viewer:
        viewer.say({"action": "newlog", "site": "a", "log_message": "from a page"})
        fanout.deliver([stored(7, "live", site="a")])
        assert [each["message"] for each in viewer.heard()] == ["live"]
        assert [each.message for each in viewer.journal.messages] == ["from a page"]


def test_a_post_is_answered_with_its_id_and_warnings(fanout: Fanout) -> None:
    with conversation(fanout) as viewer:
        viewer.say({"action": "newlog", "site": "a", "log_message": "x", "log_level": "loud", "timestamp": 1})
        accepted = viewer.heard()[-1]["accepted"]
        assert accepted["id"] == 42
        assert "log_level is 'loud'" in accepted["warnings"][0]


def test_a_viewer_switches_sites(fanout: Fanout) -> None:
    with conversation(fanout) as viewer:
        viewer.say({"action": "updatesubscribersite", "site": "b", "after_id": 3})
        fanout.deliver([stored(7, site="a")])
        fanout.deliver([stored(8, site="b")])
        _, told, *rest = viewer.heard()
        assert told["subscribed"]["sites"] == ["b"]
        assert [each["id"] for each in rest] == [4, 6, 8]


def test_what_makes_no_sense_is_answered_and_changes_nothing(fanout: Fanout) -> None:
    with conversation(fanout, resumes=False) as viewer:
        viewer.say(b"nonsense")
        viewer.say({"action": "newlog", "site": "a"})
        fanout.deliver([stored(7, site="a")])
        nonsense, missing, live = viewer.heard()
        assert "not a JSON object" in nonsense["error"]
        assert (missing["field"], live["id"]) == ("log_message", 7)


def test_a_ping_is_answered_and_a_goodbye_returned(fanout: Fanout) -> None:
    with conversation(fanout, resumes=False) as viewer:
        viewer.connection.sendall(frame(b"here?", PING) + frame(b"\x03\xe8", CLOSE))
        run_until(lambda: not any(each.open for each in fanout.channels()))
        assert viewer.heard() == [b"\x8a\x05here?"]


def test_the_data_stream_puts_messages_into_its_envelope(fanout: Fanout) -> None:
    with conversation(fanout, DataStream, resumes=False) as viewer:
        fanout.deliver([stored(7, site="a")])
        (found,) = viewer.heard()
        assert (found["topic"], found["site"], found["data"]["id"]) == ("userstatus", "a", 7)


def test_a_viewer_whose_request_takes_long_is_not_blamed_for_what_was_not_read(fanout: Fanout) -> None:
    fanout.heartbeats.interval = 0.01
    with conversation(fanout) as viewer:
        viewer.journal.proceed = eventloop.Event()
        said = json.dumps({"action": "newlog", "site": "a", "log_message": "x"})
        viewer.connection.sendall(frame(said.encode()) + frame(b"", frames.PONG))
        while viewer.received.count(b"\x89\x00") < 3:
            viewer.received += received(viewer.connection, 1)
        viewer.journal.proceed.send(None)
        run_until(lambda: viewer.journal.messages)
        assert viewer.heard()[-1]["accepted"]["id"] == 42
    assert "timeout" not in fanout.disconnects


def test_a_viewer_that_does_not_answer_a_ping_is_counted_as_such(fanout: Fanout) -> None:
    fanout.heartbeats.interval = 0.01
    with conversation(fanout) as viewer:
        run_until(lambda: not any(each.open for each in fanout.channels()))
        viewer.heard()
    assert fanout.disconnects == {"timeout": 1}
