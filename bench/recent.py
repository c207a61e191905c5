"""/recent-logs of 500 messages, from tables of 10,000 and 1,000,000; and /sites."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import requests

from bench.load import median, milliseconds
from bench.table import filled
from tests.service import running

TIMES = 100


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for stored in (10_000, 1_000_000):
        url = filled(folder / f"{stored}.db", stored)
        with running(url, folder, LOG_LEVEL="warning") as service, requests.Session() as session:
            for path in ("recent-logs?site=tst&limit=500", "recent-logs?site=tst,site1&limit=500", "sites"):
                took = []
                for _ in range(TIMES):
                    started = time.perf_counter()
                    session.get(f"{service.url}/{path}", timeout=30).raise_for_status()
                    took.append(time.perf_counter() - started)
                yield f"/{path} of {stored:,}, p50", median(took), "ms"
                yield f"/{path} of {stored:,}, p99", milliseconds(took, 0.99), "ms"
