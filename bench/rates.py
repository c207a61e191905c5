"""Rates: how long a POST takes as more come a second. It counts from when each was due."""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.compare import OURS, peers, serving
from bench.load import Telescope, median, milliseconds

RATES = (100, 500, 1_000, 2_000, 4_000)
SECONDS = 3.0
CONNECTIONS = 32
KEEPS_UP = 0.95  # of the POSTs have to be answered by the end, or the rate is more than the server can do


class Rate(NamedTuple):
    """POSTs at a rate; times in milliseconds."""

    a_second: int
    answered: float  # a second
    p50: float
    p99: float
    kept_up: bool


def measured(folder: Path, name: str, a_second: int, seconds: float = SECONDS) -> Rate:
    """Start a server, and post at this rate."""
    with serving(name, folder) as server:
        took = posting(server.port, a_second, seconds)
    answered = len(took) / seconds
    kept_up = answered >= KEEPS_UP * a_second
    return Rate(a_second, answered, median(took), milliseconds(took, 0.99), kept_up)


def posting(port: int, a_second: int, seconds: float) -> list[float]:
    """Post each message when it is due, or once a connection is free. Returns the seconds that each took from
    when it was due, of those that were answered by the end.
    """
    telescopes = {
        telescope.connection.fileno(): telescope for telescope in map(Telescope, [port] * CONNECTIONS)
    }
    free, waiting, took = deque(telescopes.values()), dict[int, float](), []
    start, sent = time.perf_counter(), 0
    with select.epoll() as epoll:
        for file in telescopes:
            epoll.register(file, select.EPOLLIN)
        while (now := time.perf_counter() - start) < seconds:
            while free and sent < a_second * now:
                telescope = free.popleft()
                telescope.send(f"Exposure {sent} complete")
                waiting[telescope.connection.fileno()] = sent / a_second
                sent += 1
            due = (sent + 1) / a_second - now if free else 0.1
            for file, _ in epoll.poll(max(0.0, min(due, seconds - now))):
                telescopes[file].take()
                took.append(time.perf_counter() - start - waiting.pop(file))
                free.append(telescopes[file])
    for telescope in telescopes.values():
        telescope.close()
    return took


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for name in (OURS, *peers()):
        for a_second in RATES:
            found = measured(folder, name, a_second)
            yield f"answered at {a_second:,} POST/s, {name}", found.answered, "/s"
            yield f"POST p50 at {a_second:,} POST/s, {name}", found.p50, "ms"
            yield f"POST p99 at {a_second:,} POST/s, {name}", found.p99, "ms"
            if not found.kept_up:
                break
