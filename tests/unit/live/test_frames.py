"""What a client says over a WebSocket, frame by frame."""

from __future__ import annotations

from userstatus import eventloop
from userstatus.live import frames


def test_everybody_else_has_turns_between_the_frames_of_one_piece() -> None:
    turns = 0

    def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            eventloop.yield_if_due()  # in the same line as who reads frames

    others = eventloop.spawn(take_turns)
    pings = b"\x89\x80\x00\x00\x00\x00" * 20_000
    assert len(list(frames.Incoming(1024).events(pings))) == 20_000
    others.kill()
    assert turns > 3
