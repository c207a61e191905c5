"""/recent-logs and /sites alone, and the time POSTs take while many clients make the most expensive reads."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import requests

from bench.load import median, milliseconds, paced
from tests.support.filled import filled
from tests.support.service import Service, running, wait_until

TIMES = 100
MANY = 1_000_000
SECONDS = 5
POSTS = 20  # per second, each of which ends 50 polls
TWENTY = ",".join(["tst", *(f"site{number}" for number in range(1, 20))])
COMMON = ("debug", "info", "warning", "error")  # critical is rare
AFTER = "&after_id={last}&wait=25"


class Case(NamedTuple):
    """A number of readers that request the path repeatedly; `{last}` in it is the end of the log.

    If `up_to` is given, a response is read until it ends with that text.
    """

    name: str
    readers: int
    path: str
    up_to: str = ""


BESIDE = (
    Case("10 polls of every site", 10, f"recent-logs?site=*{AFTER}"),
    Case("50 polls of every site", 50, f"recent-logs?site=*{AFTER}"),
    Case("10 polls of 20 sites", 10, f"recent-logs?site={TWENTY}{AFTER}"),
    Case("50 polls of 20 sites", 50, f"recent-logs?site={TWENTY}{AFTER}"),
    Case("20 polls of a rare level", 20, f"recent-logs?site=*&log_level=critical{AFTER}"),
    Case("the last day of 20 sites", 4, f"recent-logs?site={TWENTY}"),
    Case("all of 20 sites", 4, f"recent-logs?site={TWENTY}&after_id=0"),
    Case("a rare level before an id", 4, "recent-logs?site=*&log_level=critical&before_id=999999"),
    Case("old cursors that resume", 4, "events?site=*&after_id=990000", "event: caughtup"),
)
LONG = (Case("8 MB answers", 4, "recent-logs?site=*&after_id=0"),)
WALL = (Case("5,000 sites by the minute", 2, "sites?activity=60"),)
SITES = (Case("100,000 sites", 2, "sites"),)


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    yield from alone(folder, 10_000)
    yield from alone(folder, MANY)
    for cases, url in (
        (BESIDE, filled(folder / "twenty.db", MANY, sites=20, levels=COMMON)),
        (LONG, filled(folder / "long.db", 2_000, text="{}" + "x" * 9_000)),
        (WALL, filled(folder / "wall.db", MANY, sites=5_000)),
        (SITES, filled(folder / "sites.db", MANY, sites=100_000)),
    ):
        with started(url, folder) as service:
            for case in cases:
                yield from beside(service.port, case)


@contextmanager
def started(url: str, folder: Path) -> Iterator[Service]:
    """A service that may take a while to count its messages."""
    service = Service(url, folder, LOG_LEVEL="warning").start(wait=False)
    try:
        wait_until(lambda: there(service), "it has counted its messages and answers")
        yield service
    finally:
        service.kill()


def there(service: Service) -> bool:
    with suppress(requests.Timeout):
        return service.answers()
    return False


def alone(folder: Path, stored: int) -> Iterator[tuple[str, float, str]]:
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


def beside(port: int, case: Case) -> Iterator[tuple[str, float, str]]:
    """POSTs at a fixed rate while a case's readers read; and the readers' response times."""
    context = multiprocessing.get_context(
        "spawn"
    )  # in a separate process, so that they do not delay the poster
    ours, theirs = context.Pipe()
    readers = context.Process(target=read, args=(port, case, theirs))
    readers.start()
    ours.recv()
    took, deadline = [], time.monotonic() + 2 * SECONDS
    for each in paced(port, POSTS, SECONDS):
        took.append(each)
        if time.monotonic() > deadline:
            break
    ours.send("enough")
    responses: list[float] = ours.recv()
    readers.terminate()
    readers.join()
    yield f"POST p50 beside {case.name}", median(took), "ms"
    yield f"slowest POST beside {case.name}", 1000 * max(took), "ms"
    if "wait=" not in case.path and responses:
        yield f"{case.name}, {case.readers} at a time, p50", median(responses), "ms"


def read(port: int, case: Case, pipe: multiprocessing.connection.Connection) -> None:
    """Start all readers, report that, and send their response times in seconds once told to stop."""
    responses: list[float] = []
    for _ in range(case.readers):
        threading.Thread(target=keep_reading, args=(port, case, responses), daemon=True).start()
    time.sleep(1)
    pipe.send("begun")
    pipe.recv()
    deadline = time.monotonic() + 20
    while not responses and "wait=" not in case.path and time.monotonic() < deadline:
        time.sleep(0.1)
    pipe.send(responses)


def keep_reading(port: int, case: Case, responses: list[float]) -> None:
    last = MANY
    with requests.Session() as session:
        while True:
            started = time.perf_counter()
            url = f"http://127.0.0.1:{port}/{case.path.format(last=last)}"
            with session.get(url, timeout=60, stream=True) as response:
                response.raise_for_status()
                if case.up_to:
                    next(line for line in response.iter_lines() if line == case.up_to.encode())
                else:
                    response.content  # noqa: B018, reads it
                last = int(response.headers.get("X-Last-Id", last))
            responses.append(time.perf_counter() - started)
