"""A plain WebSocket: every frame is a message, and the viewer may post and switch sites."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from tests.support.connections import everything, pair
from tests.support.followed import followed
from tests.support.frames import CLOSE, PING, frame
from tests.support.messages import stored
from userstatus import green
from userstatus.cursor import Cursor
from userstatus.errors import Refusal
from userstatus.fanout import Fanout
from userstatus.follower import Position
from userstatus.parameters import Watch
from userstatus.streams import DataStream, WebSocket
from userstatus.websocket import accept_key, closing, switching


class Journal:
    """Where a viewer posts."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def append(self, messages: list[Any]) -> list[int]:
        self.messages += messages
        return [41 + len(self.messages)]


class Conversation:
    """A viewer of the site a, and what it has been sent so far."""

    def __init__(self, connection: Any, fanout: Fanout, journal: Journal):
        self.connection = connection
        self.fanout = fanout
        self.journal = journal

    def say(self, content: object) -> None:
        self.send(frame(content if isinstance(content, bytes) else json.dumps(content).encode()))

    def send(self, frames: bytes) -> None:
        self.connection.sendall(frames)
        for _ in range(3):  # the service has its turn as soon as this waits
            green.spawn(lambda: None).wait()

    def heard(self) -> list[Any]:
        """All frames of text, once the server says goodbye."""
        self.fanout.disconnect_all(1001, "bye")
        head, _, body = everything(self.connection).partition(b"\r\n\r\n")
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
    stream = kind(watch, position, fanout, follower, cast(Any, journal), b"accepted")
    stream.headers = []
    with pair(1 << 20) as (ours, theirs):
        serving = green.spawn(stream.run, ours)
        green.spawn(lambda: None).wait()
        try:
            yield Conversation(theirs, fanout, journal)
            serving.wait()
        finally:
            serving.kill()


def test_a_viewer_that_resumes_is_told_where_it_stands_and_gets_what_it_missed(fanout: Fanout) -> None:
    with conversation(fanout, cursor=Cursor(1)) as viewer:
        first, *rest = viewer.heard()
        assert first["subscribed"]["sites"] == ["a"]
        assert [each["id"] for each in rest] == [3, 5]


def test_a_viewer_of_the_predecessor_gets_messages_and_nothing_else(fanout: Fanout) -> None:
    with conversation(fanout, resumes=False) as viewer:
        viewer.say({"action": "newlog", "site": "a", "log_message": "from a page"})
        fanout.deliver(stored(7, "live", site="a"))
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
        fanout.deliver(stored(7, site="a"))
        fanout.deliver(stored(8, site="b"))
        _, told, *rest = viewer.heard()
        assert told["subscribed"]["sites"] == ["b"]
        assert [each["id"] for each in rest] == [4, 6, 8]


def test_what_makes_no_sense_is_answered_and_changes_nothing(fanout: Fanout) -> None:
    with conversation(fanout, resumes=False) as viewer:
        viewer.say(b"nonsense")
        viewer.say({"action": "newlog", "site": "a"})
        fanout.deliver(stored(7, site="a"))
        nonsense, missing, live = viewer.heard()
        assert "not a JSON object" in nonsense["error"]
        assert (missing["field"], live["id"]) == ("log_message", 7)


def test_a_ping_is_answered_and_a_goodbye_returned(fanout: Fanout) -> None:
    with conversation(fanout, resumes=False) as viewer:
        viewer.send(frame(b"here?", PING) + frame(b"\x03\xe8", CLOSE))
        assert viewer.heard() == [b"\x8a\x05here?"]


def test_the_data_stream_puts_messages_into_its_envelope(fanout: Fanout) -> None:
    with conversation(fanout, DataStream, resumes=False) as viewer:
        fanout.deliver(stored(7, site="a"))
        (found,) = viewer.heard()
        assert (found["topic"], found["site"], found["data"]["id"]) == ("userstatus", "a", 7)


def test_a_handshake_is_accepted_as_the_rfc_has_it() -> None:
    environ = {"HTTP_SEC_WEBSOCKET_VERSION": "13", "HTTP_SEC_WEBSOCKET_KEY": " dGhlIHNhbXBsZSBub25jZQ== "}
    assert accept_key(environ) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    head = switching(b"key", [("X-A", "b")])
    assert b"\r\nSec-WebSocket-Accept: key\r\nX-A: b\r\n\r\n" in head


@pytest.mark.parametrize(
    ("version", "key", "status"),
    [(None, "dGhlIHNhbXBsZSBub25jZQ==", 426), ("8", "x", 426), ("13", "short", 400), ("13", "", 400)],
)
def test_what_is_no_handshake_is_refused(version: str | None, key: str, status: int) -> None:
    environ = {"HTTP_SEC_WEBSOCKET_VERSION": version, "HTTP_SEC_WEBSOCKET_KEY": key}
    with pytest.raises(Refusal) as refusal:
        accept_key(environ)
    assert refusal.value.status == status


def test_a_reason_is_cut_to_what_fits_and_a_private_code_is_not_sent() -> None:
    cut = closing(1000, "é" * 100)
    assert (len(cut), cut[1], cut[4:].decode()) == (126, 124, "é" * 61)
    assert closing(1006, "x") == closing() == b"\x88\x00"
