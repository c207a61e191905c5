"""The head of a request, read as RFC 9112 has it; what could be read in two ways is refused."""

from __future__ import annotations

import io

import pytest

from userstatus.errors import Refusal
from userstatus.head import MAX_HEADERS, MAX_LINE, Head


def read(said: bytes) -> Head:
    head = Head()
    head.read(io.BytesIO(said).readline)
    return head


def test_a_head_is_taken_apart() -> None:
    head = read(
        b"\r\nPOST /newlog?a=b HTTP/1.1\r\nHost: x\r\nX-A:  1 \r\nx-a: 2\r\nContent-Length: 7\r\n\r\n"
    )
    assert (head.method, head.target, head.version) == ("POST", "/newlog?a=b", "HTTP/1.1")
    assert head.headers == {"host": "x", "x-a": "1,2", "content-length": "7"}
    assert (head.content_length, head.chunked, head.has_body, head.keep_alive) == (7, False, True, True)


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
def test_the_host_of_a_whole_address_goes_before_the_headers(target: bytes, path: str, host: str) -> None:
    head = read(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % target)
    assert (head.target, head.headers["host"]) == (path, host)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\nContent-Length: +5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: a\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 400),
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * MAX_LINE), 414),
        (b"GET / HTTP/1.1\r\nX: %b\r\n\r\n" % (b"x" * MAX_LINE), 431),
        (b"GET / HTTP/1.1\r\n%b\r\n" % (b"X: x\r\n" * (MAX_HEADERS + 1)), 431),
        (b"\r\n" * 100, 400),
    ],
)
def test_what_could_be_read_in_two_ways_or_is_too_long_is_refused(said: bytes, status: int) -> None:
    with pytest.raises(Refusal) as refusal:
        read(said)
    assert refusal.value.status == status


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_without_an_end_is_no_request(said: bytes) -> None:
    with pytest.raises(EOFError):
        read(said)


def test_a_refusal_can_look_at_what_was_read_before() -> None:
    head = Head()
    with pytest.raises(Refusal):
        head.read(io.BytesIO(b"GET / HTTP/1.1\r\nOrigin: https://a\r\nbad\r\n\r\n").readline)
    assert head.headers == {"origin": "https://a"}
