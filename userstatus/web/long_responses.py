"""Long responses: made a slice at a time, within a bound on the memory that all of them take together."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, request

from userstatus import eventloop
from userstatus.errors import Busy
from userstatus.live.encodings import dump, http_shape
from userstatus.message import Message

MAX_HELD_BYTES = 128 * 1024**2  # of responses that may be on their way to those who asked
SHORT_BYTES = 64 * 1024  # of a response that nobody waits for
OVERHEAD_BYTES = 500  # that a message takes beside its text, as it is stored and as it is sent
MAX_WAIT_S = 5  # for memory to make the response in
RECHECK_S = 0.05  # whether there is memory left
MAX_WAITING = 8  # at a time
GROUP = 20  # messages encoded together, the longest of which take a time slice


class LongResponses:
    """Responses that list messages. `memory` is what they share."""

    def __init__(self) -> None:
        self.memory = Memory(MAX_HELD_BYTES)

    def respond(self, messages: Sequence[Message]) -> Response:
        """A response whose memory is taken before it is made, and given back once it is sent. Raises Busy."""
        size = sum(2 * len(each.message) + OVERHEAD_BYTES for each in messages)
        share = self.memory.take(size if size > SHORT_BYTES else 0, MAX_WAIT_S)
        try:
            pieces = list(array(_encoded(messages)))
        except BaseException:
            share.give_back()
            raise
        if share.size:
            share.resize(sum(map(len, pieces)))
        response = Response(pieces, mimetype="application/json")
        if request.method == "HEAD":  # whose response is never closed
            share.give_back()
        else:
            response.call_on_close(share.give_back)
        return response


def array(elements: Iterable[str]) -> Iterator[bytes]:
    """A JSON array of elements that are JSON already, in pieces that hold up nobody."""
    before = b"["
    for some in eventloop.in_slices(elements):
        yield before + ",".join(some).encode()
        before = b","
    yield b"[]" if before == b"[" else b"]"


def _encoded(messages: Sequence[Message]) -> Iterator[str]:
    """Messages in JSON, a group at a time."""
    for start in range(0, len(messages), GROUP):
        yield dump([http_shape(message) for message in messages[start : start + GROUP]])[1:-1]


class Memory:
    """So many bytes of memory to share. Whoever finds too few left waits, though only a few at a time do, as
    they hold something already."""

    def __init__(self, size: int):
        self._left = size
        self._waiting = 0

    def take(self, size: int, patience: float) -> Share:
        """Take so many bytes. Raises Busy if too few come within `patience` seconds, or many wait already."""
        deadline = time.monotonic() + patience
        self._waiting += 1
        try:
            while size and size > self._left:
                if self._waiting > MAX_WAITING or time.monotonic() > deadline:
                    raise Busy
                time.sleep(RECHECK_S)
        finally:
            self._waiting -= 1
        self._left -= size
        return Share(self, size)

    def give_back(self, size: int) -> None:
        self._left += size


class Share:
    """A part of the memory, until it is given back."""

    def __init__(self, memory: Memory, size: int):
        self._memory = memory
        self.size = size

    def resize(self, size: int) -> None:
        """Keep so many bytes of it, or take so many instead, whatever is left."""
        self._memory.give_back(self.size - size)
        self.size = size

    def give_back(self) -> None:
        self.resize(0)
