"""A server's two clocks; the wall clock can be set."""

from __future__ import annotations

import time

from userstatus.duty.clock import Clock


class Clocks:
    """`passed` are the seconds since the beginning, `off` by how much the wall clock has been set."""

    def __init__(self) -> None:
        self.off = 0.0
        self.passed = 0.0
        self.began = float(int(time.time()))
        self.clock = Clock(self.wall, self.monotonic)

    def wall(self) -> float:
        return self.began + self.passed + self.off

    def monotonic(self) -> float:
        return self.passed
