"""What is wrong, told once on standard error, a line each."""

from __future__ import annotations

import sys
from contextlib import suppress


class Complaints:
    """Tells of each trouble once until it is over."""

    def __init__(self) -> None:
        self._told: dict[str, object] = {}

    def tell(self, topic: str, sentence: str) -> None:
        """Tell a sentence unless one of the same topic has been told since `over`."""
        mine = object()
        if self._told.setdefault(topic, mine) is mine:  # so that of several threads, one tells it
            _write(sentence)

    def once(self, sentence: str) -> None:
        """Tell a sentence unless it has been told before."""
        self.tell(sentence, sentence)

    def over(self, topic: str, sentence: str) -> None:
        """Tell a sentence if the topic was told; the next trouble with it is told again."""
        if self._told and self._told.pop(topic, None) is not None:
            _write(sentence)


def _write(sentence: str) -> None:
    # There may be no standard error (pythonw), or it may be closed, full, or of another encoding.
    with suppress(Exception):
        sys.stderr.write(f"userstatus: {sentence}\n".encode("ascii", "backslashreplace").decode())
        sys.stderr.flush()
