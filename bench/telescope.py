"""A telescope's program: what a log call costs with the server away, and how fast what waited is sent."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bench.load import median, milliseconds
from tests.support.filled import filled
from tests.support.service import free_port, running
from userstatus import Poster, UserStatusHandler

THREADS = 8
SECONDS = 6
BACKLOG = 100_000


def logging_calls(log: logging.Logger, a_second: float | None) -> list[float]:
    """Log from eight threads, each at a jittered pace or as fast as it can; returns the seconds per call."""
    took: list[float] = []
    end = time.perf_counter() + SECONDS

    def work() -> None:
        while (began := time.perf_counter()) < end:
            log.info("Filter set to %s", "V")
            took.append(time.perf_counter() - began)
            if a_second is not None:
                time.sleep(random.uniform(0, 2 / a_second))  # noqa: S311

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    handler = UserStatusHandler(f"http://127.0.0.1:{free_port()}", "tst", spool=folder / "away")
    log = logging.getLogger("bench")
    log.propagate = False
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    for a_second in (20, 200, None):
        took = logging_calls(log, a_second)
        pace = "one after the other" if a_second is None else f"{a_second} a second each"
        yield f"log call p50, 8 threads, {pace}", median(took), "ms"
        yield f"log call p99, 8 threads, {pace}", milliseconds(took, 0.99), "ms"
    handler.close(0)
    with running(filled(folder / "telescope.db", 0), folder, LOG_LEVEL="warning") as service:
        service.kill()
        with Poster(service.url, "tst", spool=folder / "backlog") as poster:
            for number in range(BACKLOG):
                poster.send(f"Exposure {number} complete")
            service.start()
            began = time.perf_counter()
            while not poster.flush(60):
                pass
            yield f"a backlog of {BACKLOG:,} is sent", BACKLOG / (time.perf_counter() - began), "/s"
