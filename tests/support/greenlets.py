"""Greenlets in the process of a test, whose standard library is not patched."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import eventlet
import eventlet.green.time

GREEN_TIME: Any = eventlet.green.time  # in place of a module's `time`: its sleep lets others run


def others_run() -> None:
    """Let every greenlet that can go on do so."""
    eventlet.sleep(0)


def run_until(condition: Callable[[], object], seconds: float = 10) -> None:
    """Let others run until a condition holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        eventlet.sleep(0.001)
