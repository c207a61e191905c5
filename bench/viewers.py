"""Viewers: the time for a message to reach all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.crowd import Crowd
from bench.load import Telescope, median, milliseconds
from tests.support.filled import filled
from tests.support.service import running

COUNTS = (100, 1_000, 5_000)
MESSAGES = 20
PACE_S = 0.25


def fan_out(telescope: Telescope, crowd: Crowd, reached: int, messages: int = MESSAGES) -> list[float]:
    """Post messages, each once the last has reached that many viewers, at most four a second.

    Returns the seconds from each POST to each viewer.
    """
    took: list[float] = []
    for number in range(messages):
        crowd.arrivals.clear()
        started = time.perf_counter()
        telescope.send(f"Exposure {number} complete")
        crowd.read_until(crowd.received + reached)
        took += [arrival - started for arrival in crowd.arrivals]
        telescope.take()
        crowd.read_for(PACE_S - (time.perf_counter() - started))
    return took


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for count in COUNTS:
        with (
            running(filled(folder / f"{count}.db", 0), folder, LOG_LEVEL="warning") as service,
            Crowd(service.port, "Socket.IO", count) as crowd,
        ):
            crowd.connect()
            took = fan_out(Telescope(service.port), crowd, count)
        yield f"fan-out p50, {count:,} viewers", median(took), "ms"
        yield f"fan-out p99, {count:,} viewers", milliseconds(took, 0.99), "ms"
