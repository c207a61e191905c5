"""The frames of a WebSocket, its handshake, and what a client says, frame by frame."""

from __future__ import annotations

import pytest

from userstatus import eventloop
from userstatus.errors import Rejection
from userstatus.live import frames
from userstatus.live.frames import accept_key, closing, switching


def test_everybody_else_runs_between_the_frames_of_one_piece() -> None:
    yields = 0

    def count_yields() -> None:
        nonlocal yields
        while True:
            yields += 1
            eventloop.yield_if_due()  # in the same line as who reads frames

    others = eventloop.spawn(count_yields)
    pings = b"\x89\x80\x00\x00\x00\x00" * 20_000
    assert len(list(frames.Incoming(1024).events(pings))) == 20_000
    others.kill()
    assert yields > 3


def test_a_handshake_is_accepted_as_the_rfc_has_it() -> None:
    environ = {"HTTP_SEC_WEBSOCKET_VERSION": "13", "HTTP_SEC_WEBSOCKET_KEY": " dGhlIHNhbXBsZSBub25jZQ== "}
    assert accept_key(environ) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    head = switching(b"key", [("X-A", "b")])
    assert b"\r\nSec-WebSocket-Accept: key\r\nX-A: b\r\n\r\n" in head


@pytest.mark.parametrize(
    ("version", "key", "status"),
    [(None, "dGhlIHNhbXBsZSBub25jZQ==", 426), ("8", "x", 426), ("13", "short", 400), ("13", "", 400)],
)
def test_what_is_no_handshake_is_rejected(version: str | None, key: str, status: int) -> None:
    environ = {"HTTP_SEC_WEBSOCKET_VERSION": version, "HTTP_SEC_WEBSOCKET_KEY": key}
    with pytest.raises(Rejection) as rejection:
        accept_key(environ)
    assert rejection.value.status == status


def test_a_reason_is_cut_to_what_fits_and_a_private_code_is_not_sent() -> None:
    cut = closing(1000, "é" * 100)
    assert (len(cut), cut[1], cut[4:].decode()) == (126, 124, "é" * 61)
    assert closing(1006, "x") == closing() == b"\x88\x00"
