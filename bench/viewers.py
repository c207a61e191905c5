"""Viewers: the time for a message to reach all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.crowd import Crowd
from bench.load import Telescope, median, milliseconds
from bench.service import fresh

COUNTS = (100, 1_000, 5_000)
MESSAGES = 20
PACE_S = 0.25  # between two messages, so that each finds the server idle
POSTERS = 8  # connections on which a burst is posted


def reach(telescope: Telescope, crowd: Crowd, viewers: int) -> list[float]:
    """Post a message; returns the seconds from the POST to each of the viewers that receive it."""
    crowd.arrivals.clear()
    started = time.perf_counter()
    telescope.send("Exposure complete")
    crowd.read_until(crowd.received + viewers)
    took = [arrival - started for arrival in crowd.arrivals]
    telescope.take()
    return took


def fan_out(port: int, crowd: Crowd) -> list[float]:
    """The seconds from each of some POSTs to each viewer of a crowd that all watch `tst`."""
    telescope = Telescope(port)
    took = []
    for _ in range(MESSAGES):
        took += reach(telescope, crowd, crowd.count)
        crowd.read_for(PACE_S)
    telescope.close()
    return took


def burst(port: int, crowd: Crowd, messages: int) -> float:
    """Post messages all at once to a crowd that all watch `tst`; returns the deliveries per second."""
    telescopes = [Telescope(port) for _ in range(POSTERS)]
    crowd.arrivals.clear()
    started = time.perf_counter()
    for telescope in telescopes:
        telescope.send(*(f"Exposure {number} complete" for number in range(messages // POSTERS)))
    deliveries = messages // POSTERS * POSTERS * crowd.count
    crowd.read_until(crowd.received + deliveries)
    seconds = crowd.arrivals[-1] - started
    for telescope in telescopes:
        for _ in range(messages // POSTERS):
            telescope.take()
        telescope.close()
    return deliveries / seconds


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for count in COUNTS:
        with (
            fresh(folder) as service,
            Crowd(service.port, "Socket.IO", count) as crowd,
        ):
            crowd.connect()
            took = fan_out(service.port, crowd)
        yield f"fan-out p50, {count:,} viewers", median(took), "ms"
        yield f"fan-out p99, {count:,} viewers", milliseconds(took, 0.99), "ms"
