"""The head of a request, read as RFC 9112 has it; what could be read in two ways is rejected."""

from __future__ import annotations

import io

import pytest

from userstatus.errors import Rejection
from userstatus.web.request_head import MAX_EMPTY_LINES, MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES, Head


def read(sent: bytes) -> Head:
    head = Head()
    head.read(io.BytesIO(sent).readline)
    return head


def test_a_head_is_parsed() -> None:
    head = read(
        b"\r\nPOST /newlog?a=b HTTP/1.1\r\nHost: x\r\nX-A:  1 \r\nx-a: 2\r\nContent-Length: 7\r\n\r\n"
    )
    assert (head.method, head.target, head.version) == ("POST", "/newlog?a=b", "HTTP/1.1")
    assert head.headers == {"host": "x", "x-a": "1,2", "content-length": "7"}
    assert (head.content_length, head.chunked, head.has_body, head.keep_alive) == (7, False, True, True)


def test_a_body_comes_in_chunks_or_has_a_length_or_there_is_none() -> None:
    head = read(b"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n")
    assert (head.content_length, head.chunked, head.has_body) == (None, True, True)
    assert not read(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n").has_body
    assert not read(b"GET / HTTP/1.1\r\n\r\n").has_body


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [("1.1", "", True), ("1.1", "x, Close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_a_connection_is_kept_as_client_and_version_have_it(
    version: str, connection: str, kept: bool
) -> None:
    head = read(f"GET / HTTP/{version}\r\nConnection: {connection}\r\n\r\n".encode())
    assert head.keep_alive is kept


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"http://a:80/b?c", "/b?c", "a:80"),
        (b"HTTPS://a", "/", "a"),
        (b"http://a?b", "/?b", "a"),
        (b"/b", "/b", "x"),
    ],
)
def test_the_host_of_an_absolute_url_overrides_the_header(target: bytes, path: str, host: str) -> None:
    head = read(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target)
    assert (head.target, head.headers["host"]) == (path, host)


def test_options_for_the_whole_service_are_those_of_its_root() -> None:
    assert read(b"OPTIONS * HTTP/1.1\r\n\r\n").target == "/"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(b"GET /\r\n\r\n", 400, id="no version"),
        pytest.param(b"GET / HTTP/2.0\r\n\r\n", 505, id="another version"),
        pytest.param(b"GET * HTTP/1.1\r\n\r\n", 400, id="no path"),
        pytest.param(b"GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", 400, id="a length with a sign"),
        pytest.param(
            b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400, id="two lengths"
        ),
        pytest.param(
            b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            400,
            id="chunks and a length",
        ),
        pytest.param(b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, id="chunks by HTTP 1.0"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"GET / HTTP/1.1\r\nX : a\r\n\r\n", 400, id="a space before the colon"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", 400, id="a folded line"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 400, id="a carriage return"),
        pytest.param(b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * MAX_LINE_BYTES), 414, id="a long target"),
        pytest.param(b"GET / HTTP/1.1\r\nX: %b\r\n\r\n" % (b"x" * MAX_LINE_BYTES), 431, id="a long header"),
        pytest.param(b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: x\r\n" * (MAX_HEADERS + 1)), 431, id="many headers"),
        pytest.param(
            b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: %b\r\n" % (b"x" * 8000) * (MAX_HEAD_BYTES // 8000 + 1)),
            431,
            id="long headers together",
        ),
        pytest.param(b"\r\n" * 100, 400, id="only empty lines"),
    ],
)
def test_what_could_be_read_in_two_ways_or_is_too_long_is_rejected(sent: bytes, status: int) -> None:
    with pytest.raises(Rejection) as rejection:
        read(sent)
    assert rejection.value.status == status


def test_what_is_just_short_enough_is_read() -> None:
    assert (
        len(read(b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: x\r\n" * MAX_HEADERS)).headers["x"])
        == 2 * MAX_HEADERS - 1
    )
    assert read(b"\r\n" * MAX_EMPTY_LINES + b"GET / HTTP/1.1\r\n\r\n").method == "GET"


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_without_an_end_is_no_request(sent: bytes) -> None:
    with pytest.raises(EOFError):
        read(sent)


def test_a_rejection_can_use_what_was_read_before() -> None:
    head = Head()
    with pytest.raises(Rejection):
        head.read(io.BytesIO(b"GET / HTTP/1.1\r\nOrigin: https://a\r\nbad\r\n\r\n").readline)
    assert head.headers == {"origin": "https://a"}
