"""A request's body in chunks is read strictly."""

from __future__ import annotations

import io

import pytest
from eventlet.wsgi import ChunkReadError

from userstatus.http import MAX_CHUNK_LINE, MAX_TRAILERS, Body


def body(said: bytes) -> Body:
    return Body(io.BytesIO(said), 0, None, chunked_input=True)


@pytest.mark.parametrize(
    "said",
    [
        b"5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n",
        b"8;name=value\r\nabcdefgh\r\n0\r\nX: y\r\n\r\n",
        b"00000008 \t;\r\nabcdefgh\r\n0\r\n\r\n",
    ],
)
def test_a_body_in_chunks_is_put_together(said: bytes) -> None:
    whole = body(said)
    assert (whole.read(), whole.unread, whole.read()) == (b"abcdefgh", False, b"")


def test_a_part_of_a_body_may_be_read_first() -> None:
    parts = body(b"5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n")
    assert [parts.read(3), parts.read(4), parts.unread, parts.read(9)] == [b"abc", b"defg", True, b"h"]


@pytest.mark.parametrize(
    "said",
    [
        b"+5\r\nabcde\r\n0\r\n\r\n",
        b"0x5\r\nabcde\r\n0\r\n\r\n",
        b"-1\r\n\r\n",
        b"5\nabcde\r\n0\r\n\r\n",
        b"3\r\nabcde\r\n0\r\n\r\n",
        b"1" * (MAX_CHUNK_LINE + 1),
        b"0\r\n" + b"X: y\r\n" * (MAX_TRAILERS + 1) + b"\r\n",
    ],
)
def test_chunks_that_make_no_sense_are_no_body(said: bytes) -> None:
    with pytest.raises(ChunkReadError):
        body(said).read()


def test_a_body_that_ends_within_a_chunk_is_an_error_of_the_connection() -> None:
    with pytest.raises(ConnectionAbortedError):
        body(b"5\r\nabc").read()
