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
from bench.viewers import PACE_S, reach
from tests.support.filled import filled
from tests.support.service import Service, running

MESSAGES = 40


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


def measured(service: Service, case: Case, messages: int = MESSAGES) -> Cost:
    """Connect a case's viewers to a service that has none, and post."""
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
            crowd.read_for(PACE_S)
            cpu.append(process.cpu_seconds(service.pid) - before)
    for telescope in telescopes:
        telescope.close()
    # The median, as now and then all viewers are pinged as well.
    cpu_ms = 1000 * statistics.median(cpu)
    return Cost(case.name, case.viewers, case.reached, cpu_ms, median(took), milliseconds(took, 0.99))


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for number, case in enumerate(CASES):
        with running(filled(folder / f"{number}.db", 0), folder, LOG_LEVEL="warning") as service:
            found = measured(service, case)
        yield f"processor time of a message, {found.name}", found.cpu, "ms"
        yield f"fan-out p50, {found.name}", found.p50, "ms"
        yield f"fan-out p99, {found.name}", found.p99, "ms"
