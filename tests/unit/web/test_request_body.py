"""A request's body in chunks is read strictly."""

from __future__ import annotations

import io

import pytest
from eventlet.wsgi import ChunkReadError

from userstatus.web.request_body import MAX_CHUNK_LINE_BYTES, MAX_TRAILERS, Body


def chunked(sent: bytes) -> Body:
    return Body(io.BytesIO(sent), 0, None, chunked_input=True)


@pytest.mark.parametrize(
    "sent",
    [
        b"5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n",
        b"8;name=value\r\nabcdefgh\r\n0\r\nX: y\r\n\r\n",
        b"00000008 \t;\r\nabcdefgh\r\n0\r\n\r\n",
    ],
)
def test_a_body_in_chunks_is_put_together(sent: bytes) -> None:
    whole = chunked(sent)
    assert (whole.read(), whole.unread, whole.read()) == (b"abcdefgh", False, b"")


def test_a_part_of_a_body_may_be_read_first() -> None:
    parts = chunked(b"5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n")
    assert [parts.read(3), parts.read(4), parts.unread, parts.read(9)] == [b"abc", b"defg", True, b"h"]


def test_nothing_after_the_last_chunk_is_taken_from_the_next_request() -> None:
    sent = io.BytesIO(b"1\r\na\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\n\r\n")
    assert Body(sent, 0, None, chunked_input=True).read() == b"a"
    assert sent.read() == b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"+5\r\nabcde\r\n0\r\n\r\n", id="a sign"),
        pytest.param(b"0x5\r\nabcde\r\n0\r\n\r\n", id="a prefix"),
        pytest.param(b"-1\r\n\r\n", id="negative"),
        pytest.param(b"5\nabcde\r\n0\r\n\r\n", id="a bare line feed"),
        pytest.param(b"5;x\nabcde\r\n0\r\n\r\n", id="a bare line feed after an extension"),
        pytest.param(b"3\r\nabcde\r\n0\r\n\r\n", id="longer than it says"),
        pytest.param(b"3\r\nabcXX0\r\n\r\n", id="no end of line"),
        pytest.param(b"1" * (MAX_CHUNK_LINE_BYTES + 1), id="a long line"),
        pytest.param(b"1;" + b"x" * MAX_CHUNK_LINE_BYTES + b"\r\na\r\n0\r\n\r\n", id="a long extension"),
        pytest.param(b"0\r\n" + b"X: y\r\n" * (MAX_TRAILERS + 1) + b"\r\n", id="many trailers"),
    ],
)
def test_chunks_that_make_no_sense_are_no_body(sent: bytes) -> None:
    with pytest.raises(ChunkReadError):
        chunked(sent).read()


def test_as_many_trailers_as_are_allowed_may_follow() -> None:
    assert chunked(b"1\r\na\r\n0\r\n" + b"X: y\r\n" * MAX_TRAILERS + b"\r\n").read() == b"a"


def test_a_body_that_ends_within_a_chunk_is_an_error_of_the_connection() -> None:
    with pytest.raises(ConnectionAbortedError):
        chunked(b"5\r\nabc").read()


def test_a_body_with_a_length_is_unread_until_its_last_byte() -> None:
    body = Body(io.BytesIO(b"abcGET /"), 3, None)
    assert [body.read(2), body.unread, body.read(9), body.unread] == [b"ab", True, b"c", False]
