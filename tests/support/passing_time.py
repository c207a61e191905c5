"""A machine's clocks, on which time passes when a test says so."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


class PassingTime:
    """The clocks of services that are started with `command` and `environ`."""

    command = (sys.executable, "-m", "tests.support.clock")

    def __init__(self, folder: Path):
        self.file = folder / "clock"
        self.environ = {"CLOCK": str(self.file)}
        self.wrong = self.passed = 0.0
        self._write()

    def now(self) -> float:
        """What the wall clock shows."""
        return time.time() + self.wrong + self.passed

    def passes(self, seconds: float) -> None:
        """Let time pass, for every clock."""
        self.passed += seconds
        self._write()

    def flies(self, seconds: float) -> None:
        """Let time pass for the wall clock alone, by which alerts go."""
        self.is_set(self.wrong + seconds)

    def is_set(self, wrong: float) -> None:
        """Set the wall clock: from now on, it is wrong by some seconds."""
        self.wrong = wrong
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{self.wrong} {self.passed}")
        os.replace(fresh, self.file)  # noqa: PTH105, at once: the services read it all the time
