"""Memory: what viewers that wait take, and the time until all are back after `kill -9` and a restart.

KINDS and VIEWERS choose among them: `KINDS="/ws /events" VIEWERS="1000 10000" python -m bench memory`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench import process
from bench.crowd import KINDS, Crowd, room
from bench.load import Telescope
from bench.service import fresh
from tests.support.service import Service

VIEWERS = (1_000, 10_000)
MORE = {"/events": (20_000,)}
MISSED = 20
SETTLE_S = 1.0


class Memory(NamedTuple):
    """Of so many viewers of one kind. Memory is in MiB; `each` is in KiB, `back` in seconds."""

    kind: str
    viewers: int
    waiting: float  # the whole process, with all viewers connected
    each: float
    most: float  # of the process at any time, before the restart or after it
    back: float  # from when the restarted service answers until all have what they missed
    back_cpu: float  # the service's processor time meanwhile, in seconds


def measured(folder: Path, kind: str, viewers: int) -> Memory:
    """Start a service, and connect viewers to it; it is killed and started anew meanwhile."""
    with fresh(folder) as service:
        return coming_back(service, kind, viewers)


def coming_back(service: Service, kind: str, viewers: int) -> Memory:
    viewers = room(viewers)
    telescope = Telescope(service.port)
    telescope.post("the first")
    before = process.resident(service.pid)
    with Crowd(service.port, kind, viewers) as crowd:
        crowd.connect()
        crowd.read_for(SETTLE_S)
        waiting = process.resident(service.pid)
        after = service.cursor()
        for number in range(MISSED):
            telescope.post(f"Exposure {number} complete")
        crowd.read_until(viewers * MISSED)
        most = process.most_resident(service.pid)
        service.kill()
    telescope.close()
    service.start()
    began, cpu = time.perf_counter(), process.cpu_seconds(service.pid)
    with Crowd(service.port, kind, viewers, after=after) as crowd:
        crowd.connect()
        crowd.read_until(viewers * MISSED)
        back, cpu = time.perf_counter() - began, process.cpu_seconds(service.pid) - cpu
        most = max(most, process.most_resident(service.pid))
    return Memory(kind, viewers, waiting, 1024 * (waiting - before) / viewers, most, back, cpu)


def cases() -> Iterator[tuple[str, int]]:
    """Kinds and numbers of viewers: all, or what the environment says."""
    for kind in os.environ.get("KINDS", "").split() or KINDS:
        chosen = [int(each) for each in os.environ.get("VIEWERS", "").split()]
        for viewers in chosen or (*VIEWERS, *MORE.get(kind, ())):
            yield kind, viewers


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for kind, viewers in cases():
        found = measured(folder, kind, viewers)
        name = f"{found.viewers:,} viewers, {kind}"
        yield f"memory, {name}", found.waiting, "MiB"
        yield f"memory each, {name}", found.each, "KB"
        yield f"most memory, {name}", found.most, "MiB"
        yield f"back with {MISSED} messages each, {name}", found.back, "s"
        yield f"its processor time, {name}", found.back_cpu, "s"
