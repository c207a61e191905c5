"""How much memory those who ask for long answers may take together."""

from __future__ import annotations

import time

from userstatus.errors import Busy

FULL = 0.05  # seconds after which to look again whether there is memory left
MAX_WAITING = 8  # who may wait for some at a time


class Memory:
    """So many bytes of memory to share. Who finds too few left waits, but never more than a few at a time, as
    who waits holds something already."""

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
                time.sleep(FULL)
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
