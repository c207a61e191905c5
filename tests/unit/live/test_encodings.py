"""A message as bytes for every kind of viewer, each made once."""

from __future__ import annotations

import json

import pytest

from tests.support.messages import stored
from userstatus.live import encodings
from userstatus.live.encodings import (
    OVERHEAD_CHARS,
    EncodedMessage,
    EncodedMessages,
    Encodings,
    chunk,
    in_pieces,
)

MESSAGE = stored(7, "héllo\n😀", log_level="error", timestamp=12, received_at=1.5)
HTTP = {
    "id": 7,
    "site": "tst",
    "message": "héllo\n😀",
    "log_level": "error",
    "timestamp": 12,
    "received_at": 1.5,
    "cursor": "7-1500000",
}
LIVE = {**HTTP, "timestamp": "12"}


def payload(frame: bytes) -> str:
    """The text in a short WebSocket frame of a server's."""
    assert frame[0] == 0x81
    return (frame[4:] if frame[1] == 126 else frame[2:]).decode()


def test_a_message_is_returned_with_numbers_and_pushed_with_its_time_as_text() -> None:
    assert encodings.http_shape(MESSAGE) == HTTP
    assert encodings.live_shape(MESSAGE) == LIVE


def test_every_protocol_carries_the_same_message() -> None:
    encoded = EncodedMessage(MESSAGE)
    assert json.loads(payload(encoded.websocket)) == LIVE
    assert json.loads(payload(encoded.socketio_frame).removeprefix("42")) == ["newlog", LIVE]
    assert f"4{encoded.socketio_event}" == payload(encoded.socketio_frame)
    assert json.loads(payload(encoded.datastream)) == {"topic": "userstatus", "site": "tst", "data": LIVE}
    id_line, event, data, *end = encoded.event.decode().split("\n")
    assert (id_line, event, end) == ("id: 7-1500000", "event: newlog", ["", ""])
    assert json.loads(data.removeprefix("data: ")) == LIVE
    assert encoded.event_chunk == b"%x\r\n%b\r\n" % (len(encoded.event), encoded.event)


@pytest.mark.parametrize(
    "form", ["json", "socketio_event", "socketio_frame", "websocket", "datastream", "event", "event_chunk"]
)
def test_an_encoding_is_made_once_for_all_viewers(form: str) -> None:
    encoded = EncodedMessage(MESSAGE)
    assert getattr(encoded, form) is getattr(encoded, form)


def test_what_was_encoded_last_is_kept_and_no_more_of_it_than_there_is_room_for() -> None:
    kept = Encodings(bound=3 * OVERHEAD_CHARS)
    first, second = kept.of(stored(1, "a")), kept.of(stored(2, "b"))
    assert (kept.of(stored(1, "a")), kept.of(stored(2, "b"))) == (first, second)
    third = kept.of(stored(3, "c"))
    assert kept.of(stored(3, "c")) is third
    assert kept.of(stored(1, "a")) is not first, "it was the oldest"


def test_a_message_of_another_log_is_not_taken_for_one_with_the_same_id() -> None:
    kept = Encodings()
    assert kept.of(stored(1, "of the old log")).message.message == "of the old log"
    assert kept.of(stored(1, "of the new one")).message.message == "of the new one"


@pytest.mark.parametrize(
    ("lengths", "bound", "expected"),
    [
        ([1] * 120, 1_000_000, [50, 50, 20]),
        ([100] * 5, 2300, [2, 2, 1]),
        ([10_000, 1, 10_000], 1000, [1, 1, 1]),
        ([1], 1000, [1]),
        ([], 1000, []),
    ],
)
def test_messages_are_sent_in_pieces_that_fit(lengths: list[int], bound: int, expected: list[int]) -> None:
    messages = [stored(id, "x" * length) for id, length in enumerate(lengths)]
    pieces = list(in_pieces(messages, bound))
    assert [len(piece) for piece in pieces] == expected
    assert [each for piece in pieces for each in piece] == messages


@pytest.mark.parametrize("form", ["socketio_frame", "websocket", "datastream", "event", "event_chunk"])
def test_several_messages_are_one_piece_made_once(form: str) -> None:
    some = [EncodedMessage(stored(1, "a")), EncodedMessage(stored(2, "b"))]
    piece = EncodedMessages(some)
    assert getattr(piece, form) == getattr(some[0], form) + getattr(some[1], form)
    assert getattr(piece, form) is getattr(piece, form)


def test_a_chunk_says_how_many_bytes_it_has_and_not_characters() -> None:
    assert chunk("é" * 8) == b"10\r\n" + "é".encode() * 8 + b"\r\n"


def test_json_is_compact_and_keeps_what_is_not_ascii() -> None:
    assert encodings.dump({"a": ["°", 1]}) == '{"a":["°",1]}'


def test_an_event_without_a_cursor_has_no_id() -> None:
    assert encodings.server_sent("closing", "{}") == "event: closing\ndata: {}\n\n"
