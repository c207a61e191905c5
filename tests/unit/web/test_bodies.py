"""A request's body: all of it and no more than the limit, inflated where it is compressed."""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any

import pytest

from userstatus import bodies, wire
from userstatus.errors import Refusal

BODY = b'{"site": "tst", "log_message": "x"}'


def environ(body: bytes, encoding: str | None = None, length: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"wsgi.input": io.BytesIO(body), "userstatus.hang_up": lambda: hung_up.append(1)}
    hung_up: list[int] = found.setdefault("hung up", [])
    if encoding is not None:
        found["HTTP_CONTENT_ENCODING"] = encoding
    found["CONTENT_LENGTH"] = str(len(body) if length is None else length)
    return found


def refusal(asked: dict[str, Any]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        bodies.read(asked)
    return caught.value


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (BODY, None),
        (BODY, " Identity "),
        (gzip.compress(BODY), "gzip"),
        (gzip.compress(BODY), "x-gzip"),
        (zlib.compress(BODY), "deflate"),
        (zlib.compress(BODY, wbits=-zlib.MAX_WBITS), "deflate"),
    ],
)
def test_a_body_is_read_as_it_was_before_it_was_compressed(body: bytes, encoding: str | None) -> None:
    assert bodies.read(environ(body, encoding)) == BODY


def test_a_body_that_is_too_long_is_refused_before_and_after_it_is_inflated() -> None:
    long = b" " * (wire.MAX_BODY + 1)
    assert len(bodies.read(environ(long[1:]))) == wire.MAX_BODY
    assert [refusal(environ(long)).status, refusal(environ(gzip.compress(long), "gzip")).status] == [413, 413]


def test_a_body_that_ends_too_early_is_refused_and_ends_the_connection() -> None:
    asked = environ(BODY, length=len(BODY) + 1)
    assert refusal(asked).status == 408
    assert asked["hung up"] == [1]


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (BODY, "br", 415),
        (BODY, "gzip", 400),
        (gzip.compress(BODY)[:-1], "gzip", 400),
        (gzip.compress(BODY) + b"x", "gzip", 400),
    ],
)
def test_what_is_not_what_its_encoding_says_is_refused(body: bytes, encoding: str, status: int) -> None:
    assert refusal(environ(body, encoding)).status == status


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_is_told_from_json_that_a_program_calls_one(kind: str) -> None:
    bodies.refuse_forms({"CONTENT_TYPE": kind}, b' {"site": "tst"}')
    with pytest.raises(Refusal, match="the body is a form"):
        bodies.refuse_forms({"CONTENT_TYPE": kind}, b"site=tst")
    bodies.refuse_forms({"CONTENT_TYPE": "text/plain"}, b"site=tst")
