"""Lines that programs write, as messages: in any encoding, with or without a level at the beginning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from userstatus.message import level_named

MAX_LINE_BYTES = 64 * 1024  # a longer line is taken in pieces; a message is cut far below that
MAX_HEAD_CHARS = 80  # in which a level is looked for
HEAD = re.compile(
    r"\s*(?:[0-9][0-9.,:/TZ +-]*\s)?"  # a time
    r"(?:[\[<(]\s*([A-Za-z]+)\s*[\])>]|([A-Za-z]+)\s*:|([A-Z]+)\b)"
)


def lines(stream: IO[bytes]) -> Iterator[str]:
    """The lines of a stream that are not blank, each as soon as it is there."""
    for line in iter(lambda: stream.readline(MAX_LINE_BYTES), b""):
        text = decoded(line).rstrip()
        if text:
            yield text


def decoded(content: bytes) -> str:
    """Text in UTF-8, or in Latin-1 if it is not, as the server has it."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def level_at_start(text: str) -> str | None:
    """The level that a line begins with, after a time if there is one; None if it names none.

    That is a word in capitals, in brackets, or before a colon: `WARN …`, `[error] …`, `info: …`.
    """
    found = HEAD.match(text[:MAX_HEAD_CHARS])
    return level_named(found[1] or found[2] or found[3]) if found else None
