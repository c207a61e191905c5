"""A progress bar on a terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TextIO

WIDTH = 30  # of the bar, in characters


class Progress:
    """How many of `total` things are done; shown only if `stream` is a terminal."""

    def __init__(self, total: int, stream: TextIO | None = None):
        self.total = total
        self.stream = sys.stderr if stream is None else stream
        self._shown = ""

    def show(self, done: int) -> None:
        text = bar(done, self.total)
        if text != self._shown and self._is_terminal():
            self._write(f"\r{text}")
            self._shown = text

    def end(self) -> None:
        """Go to the next line, if anything was shown."""
        if self._shown:
            self._write("\n")
            self._shown = ""

    def _is_terminal(self) -> bool:
        try:
            return self.stream.isatty()
        except (AttributeError, ValueError):  # there is none, or it is closed
            return False

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self.stream.write(text)
            self.stream.flush()


def bar(done: int, total: int) -> str:
    """Such as `[#####     ]  50 %  5 of 10`."""
    share = done / total if total else 1.0
    return f"[{'#' * int(share * WIDTH):{WIDTH}}] {int(share * 100):3} %  {done:,} of {total:,}"
