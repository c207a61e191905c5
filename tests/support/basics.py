"""What tests need that run with the oldest Python as well, where the server and its libraries do not."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).parents[2]
DEADLINE = 60.0


def wait_until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Wait for a condition; fail with `what` was expected when the deadline passes."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"not within {seconds} s: {what}"
        time.sleep(min(0.01 + waited / 10, 0.1))  # frequent checks would slow down the service
