"""A request's body: all of it and no more than the limit, decompressed if it was compressed."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import pytest

from tests.support import environs
from userstatus import message
from userstatus.errors import Rejection
from userstatus.web import bodies

BODY = b'{"site": "tst", "log_message": "x"}'


def environ(body: bytes, encoding: str | None = None, length: int | None = None) -> dict[str, Any]:
    found = environs.newlog(body)
    if encoding is not None:
        found["HTTP_CONTENT_ENCODING"] = encoding
    if length is not None:
        found["CONTENT_LENGTH"] = str(length)
    return found


def rejection(asked: dict[str, Any]) -> Rejection:
    with pytest.raises(Rejection) as caught:
        bodies.read(asked)
    return caught.value


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(BODY, None, id="none"),
        pytest.param(BODY, " Identity ", id="identity"),
        pytest.param(gzip.compress(BODY), "gzip", id="gzip"),
        pytest.param(gzip.compress(BODY), "x-gzip", id="x-gzip"),
        pytest.param(zlib.compress(BODY), "deflate", id="deflate"),
        pytest.param(zlib.compress(BODY, wbits=-zlib.MAX_WBITS), "deflate", id="raw deflate"),
    ],
)
def test_a_body_is_read_as_it_was_before_it_was_compressed(body: bytes, encoding: str | None) -> None:
    asked = environ(body, encoding)
    assert bodies.read(asked) == BODY
    assert asked["hung up"] == []


def test_a_body_that_is_too_long_is_rejected_before_and_after_it_is_decompressed() -> None:
    long = b" " * (message.MAX_BODY_BYTES + 1)
    assert len(bodies.read(environ(long[1:]))) == message.MAX_BODY_BYTES
    assert len(bodies.read(environ(gzip.compress(long[1:]), "gzip"))) == message.MAX_BODY_BYTES
    assert [rejection(environ(long)).status, rejection(environ(gzip.compress(long), "gzip")).status] == [
        413,
        413,
    ]


def test_a_body_that_ends_too_early_is_rejected_and_ends_the_connection() -> None:
    asked = environ(BODY, length=len(BODY) + 1)
    assert rejection(asked).status == 408
    assert asked["hung up"] == [{}]


@pytest.mark.parametrize("error", [TimeoutError(), ConnectionResetError(), ValueError("not a chunk")])
def test_a_body_that_cannot_be_read_is_rejected_and_ends_the_connection(error: Exception) -> None:
    class Broken:
        def read(self, _size: int) -> bytes:
            raise error

    asked = environ(BODY) | {"wsgi.input": Broken()}
    assert rejection(asked).status == 408
    assert asked["hung up"] == [{}]


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        pytest.param(BODY, "br", 415, id="unknown"),
        pytest.param(BODY, "gzip", 400, id="not compressed"),
        pytest.param(gzip.compress(BODY)[:-1], "gzip", 400, id="truncated"),
        pytest.param(gzip.compress(BODY) + b"x", "gzip", 400, id="more behind it"),
    ],
)
def test_what_is_not_what_its_encoding_says_is_rejected(body: bytes, encoding: str, status: int) -> None:
    assert rejection(environ(body, encoding)).status == status


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_rejected_but_not_json_that_a_program_calls_a_form(kind: str) -> None:
    bodies.reject_forms({"CONTENT_TYPE": kind}, b' {"site": "tst"}')
    with pytest.raises(Rejection, match="the body is a form"):
        bodies.reject_forms({"CONTENT_TYPE": kind}, b"site=tst")
    bodies.reject_forms({"CONTENT_TYPE": "text/plain"}, b"site=tst")
    bodies.reject_forms({}, b"site=tst")
