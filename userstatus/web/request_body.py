"""The body of an HTTP request as received, chunked (RFC 9112, section 7.1) or not."""

from __future__ import annotations

import re
import sys
from typing import Any

import eventlet.wsgi

MAX_CHUNK_LINE_BYTES = 1024  # of the line before a chunk, or of a trailer
MAX_TRAILERS = 20
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(;.*)?")


class Body(eventlet.wsgi.Input):  # type: ignore[misc]
    """A request's body. Chunks are parsed strictly, and the length of lines between them is limited.

    `read()` raises OSError if the client hangs up early or takes too long, and ValueError if the chunks are
    invalid.
    """

    _left = 0  # bytes of the current chunk still to be received
    _ended = False

    @property
    def unread(self) -> bool:
        """Whether some of it is still to be received."""
        return not self._ended if self.chunked_input else self.position < self.content_length

    def _chunked_read(self, rfile: Any, length: int | None = None, use_readline: bool = False) -> bytes:  # noqa: ARG002
        if self.should_send_hundred_continue:
            self.send_hundred_continue_response()
            self.is_hundred_continue_response_sent = True
        wanted = sys.maxsize if length is None or length < 0 else length
        parts = []
        while wanted and (self._left or self._next_chunk(rfile)):
            part = rfile.read(min(self._left, wanted))
            if not part:
                raise ConnectionAbortedError("the client has gone within a chunk")
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
            if not self._left and rfile.read(2) != b"\r\n":
                raise eventlet.wsgi.ChunkReadError("a chunk is longer than it says")
        return b"".join(parts)

    def _next_chunk(self, rfile: Any) -> bool:
        """Read the line before a chunk; after the last chunk, read the rest of the body."""
        if self._ended:
            return False
        size = CHUNK_SIZE.fullmatch(self._line(rfile))
        if size is None:
            raise eventlet.wsgi.ChunkReadError("what should be the size of a chunk is none")
        self._left = int(size[1], 16)
        if not self._left:
            self._ended = True
            for _ in range(MAX_TRAILERS + 1):
                if not self._line(rfile):
                    break
            else:
                raise eventlet.wsgi.ChunkReadError("too many trailers")
        return not self._ended

    def _line(self, rfile: Any) -> bytes:
        line: bytes = rfile.readline(MAX_CHUNK_LINE_BYTES)
        if not line.endswith(b"\r\n"):
            raise eventlet.wsgi.ChunkReadError("a line within a body in chunks has no end")
        return line[:-2]
