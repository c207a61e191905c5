"""Long responses: produced one time slice at a time, within a limit on the memory of all of them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from flask import Response, request

from userstatus import eventloop
from userstatus.errors import Busy
from userstatus.live.encodings import dump, http_shape
from userstatus.message import Message

MAX_HELD_BYTES = 128 * 1024**2  # of all responses being sent
SHORT_BYTES = 64 * 1024  # up to this size, a response needs no reservation
OVERHEAD_BYTES = 500  # of a message beside its text, as stored and as sent
MAX_WAIT_S = 5  # for memory to become available
RECHECK_S = 0.05  # between two checks whether memory is available
MAX_WAITING = 8  # requests at a time
GROUP = 20  # messages encoded together, which takes at most a time slice


class LongResponses:
    """Responses that list messages; they share a limited `memory`."""

    def __init__(self) -> None:
        self.memory = Memory(MAX_HELD_BYTES)

    def respond(self, messages: Sequence[Message]) -> Response:
        """A response; its memory is reserved before it is made and released after sending. Raises Busy."""
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
        if request.method == "HEAD":  # a HEAD response is never closed
            share.give_back()
        else:
            response.call_on_close(share.give_back)
        return response


def array(elements: Iterable[str]) -> Iterator[bytes]:
    """A JSON array of elements that are already JSON, in pieces that do not block other greenlets."""
    before = b"["
    for some in eventloop.in_slices(elements):
        yield before + ",".join(some).encode()
        before = b","
    yield b"[]" if before == b"[" else b"]"


def _encoded(messages: Sequence[Message]) -> Iterator[str]:
    """Messages as JSON, a group at a time."""
    for start in range(0, len(messages), GROUP):
        yield dump([http_shape(message) for message in messages[start : start + GROUP]])[1:-1]


class Memory:
    """An amount of memory in bytes that responses share.

    Requests wait if too little is left. Only a few may wait at a time, as they hold memory already.
    """

    def __init__(self, size: int):
        self._left = size
        self._waiting = 0

    def take(self, size: int, patience: float) -> Share:
        """Reserve `size` bytes. Raises Busy if they are not free in `patience` seconds, or too many wait."""
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
    """A reserved part of the memory, until it is given back."""

    def __init__(self, memory: Memory, size: int):
        self._memory = memory
        self.size = size

    def resize(self, size: int) -> None:
        """Change the reservation to `size` bytes, even if that exceeds what is left."""
        self._memory.give_back(self.size - size)
        self.size = size

    def give_back(self) -> None:
        self.resize(0)
