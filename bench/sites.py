"""Sites: a message costs its own viewers, however many there are of other sites."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from bench import process
from bench.crowd import Crowd
from bench.load import Telescope, median, milliseconds
from bench.service import fresh
from bench.viewers import PACE_S, reach
from tests.support.service import Service

MESSAGES = 40
SETTLE_S = 0.02  # for the service to be done with a message


class Case(NamedTuple):
    """So many viewers of so many sites over Socket.IO, of which some are posted to, one after the other."""

    name: str
    sites: int
    viewers: int
    posting: int = 1

    @property
    def reached(self) -> int:
        return self.viewers // self.sites


CASES = (
    Case("one site with 50 viewers, alone", 1, 50),
    Case("one site with 50 viewers, beside 99 others", 100, 5_000),
    Case("100 sites with 50 viewers each, in turn", 100, 5_000, posting=100),
    Case("one site with 5,000 viewers", 1, 5_000),
)


class Cost(NamedTuple):
    """Of a message in one case."""

    name: str
    viewers: int
    reached: int
    cpu: float  # processor time of the service, in milliseconds
    p50: float  # from the POST to a viewer, in milliseconds
    p99: float


def measured(folder: Path, case: Case, messages: int = MESSAGES) -> Cost:
    """Start a service, connect a case's viewers to it, and post."""
    with fresh(folder) as service:
        return posting(service, case, messages)


def posting(service: Service, case: Case, messages: int) -> Cost:
    sites = [f"site{number}" for number in range(case.sites)]
    telescopes = [Telescope(service.port, site) for site in sites[: case.posting]]
    took: list[float] = []
    cpu: list[float] = []
    with Crowd(service.port, "Socket.IO", case.viewers, sites) as crowd:
        crowd.connect()
        crowd.read_for(1)
        for telescope in islice(cycle(telescopes), messages):
            before = process.cpu_seconds(service.pid)
            took += reach(telescope, crowd, case.reached)
            crowd.read_for(SETTLE_S)
            cpu.append(process.cpu_seconds(service.pid) - before)
            crowd.read_for(PACE_S)
    for telescope in telescopes:
        telescope.close()
    # The median, as now and then all viewers are pinged as well.
    cpu_ms = 1000 * statistics.median(cpu)
    return Cost(case.name, case.viewers, case.reached, cpu_ms, median(took), milliseconds(took, 0.99))


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for case in CASES:
        found = measured(folder, case)
        yield f"processor time of a message, {found.name}", found.cpu, "ms"
        yield f"fan-out p50, {found.name}", found.p50, "ms"
        yield f"fan-out p99, {found.name}", found.p99, "ms"
