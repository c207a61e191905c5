"""Several processes on one Postgres: POST/s, what it costs, and from a POST at one to a viewer of another."""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psutil

from bench.load import median, milliseconds
from tests.support.databases import Postgres
from tests.support.service import Service, running

CONNECTIONS = 32
SECONDS = 5.0
WARM_UP_S = 1.0
ROUNDS = 3  # of each number of processes, in turn, as no machine is equally fast all the time
PROCESSES = (1, 2, 3)
PROBE_S = 0.02  # between two messages whose way is timed
PROBES = 8  # connections that they take in turn

Row = tuple[str, float, str]


class Load:
    """Connections that are read in one thread, which costs less than several."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()

    def add(self, connection: socket.socket, read: Callable[[], None]) -> None:
        """Call `read` whenever the connection has something to read."""
        self.selector.register(connection, selectors.EVENT_READ, read)

    def run(self, seconds: float, is_done: Callable[[], bool] = lambda: False) -> None:
        """Read what comes for so many seconds, or until `is_done`."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end and not is_done():
            for key, _ in self.selector.select(PROBE_S / 10):
                key.data()

    def close(self) -> None:
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self.selector.close()


class Poster:
    """A connection that posts the same message: when it is told to, and then again after each answer."""

    def __init__(self, load: Load, port: int, site: str, back_to_back: bool = True):
        body = json.dumps({"site": site, "log_message": "Filter set to: V", "log_level": "INFO"}).encode()
        head = b"POST /newlog HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.request = head + body
        self.back_to_back = back_to_back
        self.answered: list[tuple[int, float, float]] = []  # the id, when it was sent, when it was answered
        self.waits = False
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        load.add(self.connection, self._read)

    def post(self, due: float | None = None) -> None:
        """Post; it counts as sent when it was `due`, so that a stall is not hidden."""
        self.waits, self.sent_at = True, time.perf_counter() if due is None else due
        self.connection.sendall(self.request)

    def _read(self) -> None:
        response = self.connection.recv(4096)
        if not response.startswith(b"HTTP/1.1 200 "):
            sys.exit(f"a POST was answered {response!r}")
        id = json.loads(response.partition(b"\r\n\r\n")[2])["id"]
        self.answered.append((id, self.sent_at, time.perf_counter()))
        self.waits = False
        if self.back_to_back:
            self.post()


class Viewer:
    """A viewer on a plain WebSocket, and the ids that it has received, with when it received them."""

    def __init__(self, load: Load, port: int, site: str):
        self.received: dict[int, float] = {}  # in the order of arrival
        self.buffer = b""
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.sendall(
            b"GET /ws?site=%b HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            % site.encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.connection.recv(1)
        load.add(self.connection, self._read)

    def _read(self) -> None:
        data = self.connection.recv(1 << 20)
        if not data:
            sys.exit("a service has ended a viewer's connection")
        now, buffer, start = time.perf_counter(), self.buffer + data, 0
        while len(buffer) >= start + 4:
            size, text = buffer[start + 1], start + 2
            if size == 126:
                size, text = int.from_bytes(buffer[start + 2 : start + 4], "big"), start + 4
            if len(buffer) < text + size:
                break
            start = text + size
            if size and (id := json.loads(buffer[text:start]).get("id")):
                self.received[id] = now
        self.buffer = buffer[start:]


class Meter:
    """The CPU time that the services, Postgres and this process have used, in seconds."""

    def __init__(self, services: Sequence[Service], postmaster: int):
        self.services = [psutil.Process(service.pid) for service in services]
        self.postmaster = psutil.Process(postmaster)
        self.began = self._used()

    def _used(self) -> tuple[float, float, float]:
        backends = [self.postmaster, *self.postmaster.children()]
        return total(self.services), total(backends), time.process_time()

    def used(self) -> Iterator[tuple[str, float]]:
        """Whose time it is, and the seconds since this meter was made."""
        now = self._used()
        for number, who in enumerate(("the services", "Postgres", "the load")):
            yield who, now[number] - self.began[number]


def total(processes: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


@contextmanager
def several(postgres: Postgres, folder: Path, count: int) -> Iterator[list[Service]]:
    """So many services on a database of their own."""
    url = postgres.ready()
    with ExitStack() as stack:
        yield [stack.enter_context(running(url, folder, LOG_LEVEL="warning")) for _ in range(count)]


def posted(load: Load, services: Sequence[Service]) -> list[Poster]:
    """Posters on all connections, spread over the services; they have begun."""
    posters = [Poster(load, services[number % len(services)].port, "tst") for number in range(CONNECTIONS)]
    for poster in posters:
        poster.post()
    return posters


def throughput(postgres: Postgres, folder: Path, count: int) -> dict[str, float]:
    """POST/s on all connections together, and microseconds of CPU time per POST by whose it is."""
    with several(postgres, folder, count) as services, closing(Load()) as load:
        posters = posted(load, services)
        load.run(WARM_UP_S)
        for poster in posters:
            poster.answered.clear()
        meter = Meter(services, postgres.pid)
        began = time.perf_counter()
        load.run(SECONDS)
        took = time.perf_counter() - began
        answered = sum(len(poster.answered) for poster in posters)
        return {
            "rate": answered / took,
            **{who: used / answered * 1e6 for who, used in meter.used()},
        }


def posting(postgres: Postgres, folder: Path) -> Iterator[Row]:
    """The same connections to one process, and spread over several."""
    found: dict[int, list[dict[str, float]]] = {count: [] for count in PROCESSES}
    for _ in range(ROUNDS):
        for count in PROCESSES:
            found[count].append(throughput(postgres, folder, count))
    for count, rounds in found.items():
        for figure in rounds[0]:
            value = statistics.median(each[figure] for each in rounds)
            if figure == "rate":
                yield f"POST/s, {named(count)}", value, "/s"
            else:
                yield f"CPU time per POST of {figure}, {named(count)}", value, "µs"


def named(count: int) -> str:
    return "one process" if count == 1 else f"{count} processes"


def delivery(postgres: Postgres, folder: Path) -> Iterator[Row]:
    """From a POST at one process to a viewer of the other, while all connections post; and the ids' order."""
    with several(postgres, folder, 2) as services, closing(Load()) as load:
        one, two = services
        viewers = [Viewer(load, service.port, "*") for service in services]
        there = Viewer(load, two.port, "probe")
        probes = [Poster(load, one.port, "probe", back_to_back=False) for _ in range(PROBES)]
        posters = posted(load, services)
        began = time.perf_counter()
        for number in range(round(SECONDS / PROBE_S)):
            due = began + number * PROBE_S
            load.run(due - time.perf_counter())
            probe = probes[number % PROBES]
            load.run(SECONDS, lambda probe=probe: not probe.waits)  # type: ignore[misc]
            probe.post(due)
        took_all = time.perf_counter() - began
        for poster in posters:
            poster.back_to_back = False
        load.run(SECONDS, lambda: not any(poster.waits for poster in (*probes, *posters)))
        ids = sorted(id for poster in (*probes, *posters) for id, _, _ in poster.answered)
        load.run(SECONDS, lambda: all(len(viewer.received) == len(ids) for viewer in viewers))
        if not all(list(viewer.received) == ids == list(range(1, len(ids) + 1)) for viewer in viewers):
            sys.exit("a viewer has not received all ids, in order and without holes")
        timed = [answer for probe in probes for answer in probe.answered]
        took = [there.received[id] - sent for id, sent, _ in timed]
        yield "POST/s, 2 processes and a viewer of all on each", len(ids) / took_all, "/s"
        yield "from a POST to a viewer of another process, p50", median(took), "ms"
        yield "from a POST to a viewer of another process, p99", milliseconds(took, 0.99), "ms"
        late = [max(0.0, there.received[id] - answered) for id, _, answered in timed]
        yield "later than the answer to the POST, p50", median(late), "ms"
        yield "later than the answer to the POST, p99", milliseconds(late, 0.99), "ms"


def rows(folder: Path) -> Iterator[Row]:
    """Name, value and unit of each figure."""
    postgres = Postgres(folder / "postgres")
    try:
        yield from posting(postgres, folder)
        yield from delivery(postgres, folder)
    finally:
        postgres.stop()
