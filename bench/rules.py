"""What 100 level rules cost durable POSTs: two services in turn, one of them with rules."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import cycle, islice
from pathlib import Path

from bench.load import back_to_back
from demo.night import night
from tests.support.filled import filled
from tests.support.service import Service, running

SECONDS, ROUNDS = 3, 5
TEXTS = 5000
PARTS = ["camera", "cooler", "dome", "filter", "focuser", "guider", "mirror", "mount", "rotator", "shutter"]
AROUND = ["cloud", "dew", "disk", "heater", "humidity", "network", "power", "rain", "sun", "wind"]
TROUBLES = ["failed|failure", "lost|stalled", "time(d )?out|not answer", "too (high|low|close)", "error \\d+"]
RULES = [f"(?i){what}.*({trouble})" for what in PARTS + AROUND for trouble in TROUBLES]


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    file = folder / "userstatus.toml"
    file.write_text("".join(f"[[levels]]\nmatch = '{each}'\nlevel = 'error'\n" for each in RULES))
    texts = [line.text for line in islice(night("mrc1"), TEXTS)]
    with ExitStack() as stack:
        services = {}
        for name, environ in (("without rules", {}), (f"{len(RULES)} level rules", {"CONFIG": str(file)})):
            url = filled(folder / f"{len(environ)}.db", 0)
            services[name] = stack.enter_context(running(url, folder, LOG_LEVEL="warning", **environ))
        rates: dict[str, list[float]] = {name: [] for name in services}
        for _ in range(ROUNDS):
            for name, service in services.items():
                rates[name].append(len(back_to_back(service.port, 32, SECONDS, cycle(texts))) / SECONDS)
        for name, found in rates.items():
            yield f"POST/s, 32 connections, {name}", statistics.median(found), "/s"
        for name, service in services.items():
            yield f"CPU time of a POST, {name}", cpu_per_post(service, texts), "µs"


def cpu_per_post(service: Service, texts: list[str]) -> float:
    """The CPU time of the service's event loop for one POST, in microseconds, whatever else runs."""
    began = _busy(service)
    posts = len(back_to_back(service.port, 32, SECONDS, cycle(texts)))
    return 1e6 * (_busy(service) - began) / posts


def _busy(service: Service) -> float:
    """The seconds of CPU time that the process's event loop has used so far."""
    return int(Path(f"/proc/{service.pid}/schedstat").read_text().split()[0]) / 1e9
