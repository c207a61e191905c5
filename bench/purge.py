"""POSTs while 200,000 expired messages are purged, compared with POSTs while there is no purge."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.load import median, milliseconds, paced
from tests.support.filled import filled
from tests.support.service import running

EXPIRED = 200_000
SECONDS = 10


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    url = filled(folder / "quiet.db", 0)
    with running(url, folder) as service:
        quiet = list(paced(service.port, 100, SECONDS))
    url = filled(folder / "busy.db", EXPIRED, age=8 * 86400)
    _go_on(folder / "busy.db")
    with running(url, folder) as service:
        started = time.monotonic()
        busy = []
        for took in paced(service.port, 100, 120):
            busy.append(took)
            if "purged" in service.log.read_text():
                break
        purged = time.monotonic() - started
        (count,) = re.findall(r"purged ([0-9]+) expired", service.log.read_text())
    yield "POST p50, nothing to purge", median(quiet), "ms"
    yield "POST p99, nothing to purge", milliseconds(quiet, 0.99), "ms"
    yield f"POST p50 while {count} are purged", median(busy), "ms"
    yield f"POST p99 while {count} are purged", milliseconds(busy, 0.99), "ms"
    yield "ratio of the two p99", milliseconds(busy, 0.99) / milliseconds(quiet, 0.99), ""
    yield "the purge took", purged, "s"


def _go_on(path: Path) -> None:
    """Store a message every half day until now: after a long silence, no clock is trusted to purge."""
    now = time.time()
    with closing(sqlite3.connect(path)) as connection, connection:
        for half_days in range(16, -1, -1):
            connection.execute(
                "INSERT INTO messages (id, site, message, log_level, timestamp, received_at)"
                " SELECT last_id + 1, 'tst', 'still here', 'info', ?, ? FROM head",
                (int(now), now - half_days * 43_200),
            )
            connection.execute("UPDATE head SET last_id = last_id + 1")
