"""Answers out of the bytes of a connection."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from tests.support.described.answers import Answer

REQUEST_LINE = re.compile(
    rb"(?<![A-Za-z])([A-Za-z]+) (\S+)[^\r\n]* HTTP/"
)  # it may follow a body that ends without a newline
NOWHERE = (b"GET", b"/unreadable")  # where a request went whose first line makes no sense


class _Bytes(io.BytesIO):
    """Bytes as if they came from a connection; one response after another is read from it."""

    def makefile(self, _mode: str) -> _Bytes:
        return self

    def close(self) -> None:
        """Do nothing: the next response begins where this one ends."""


def answers(said: bytes, heard: bytes) -> Iterator[Answer]:
    """The answers to the requests that a client has sent on one connection."""
    requests = iter(REQUEST_LINE.findall(said))
    stream = _Bytes(heard)
    while stream.tell() < len(heard):
        method, target = (part.decode("latin-1") for part in next(requests, NOWHERE))
        response = HTTPResponse(cast(Any, stream), method=method)
        try:
            response.begin()
            body = None if response.status == 101 else response.read()
        except (HTTPException, ValueError):
            return  # it was not read to its end
        yield Answer(method, target, response.status, cast(Mapping[str, str], response.headers), body)
        if response.status == 101 or response.will_close:
            return
