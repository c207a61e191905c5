"""Side by side: this service, Node, and Flask-SocketIO as one would first write it, in turn."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench import process
from bench.crowd import Crowd, allow_files
from bench.load import Telescope, back_to_back, median, milliseconds
from bench.service import fresh
from bench.viewers import burst, fan_out
from tests.support.service import answers, free_port, wait_until

PEERS = Path(__file__).with_name("peers")
OURS, NODE, PLAIN = "userstatus", "node", "plain"
ROUNDS = 3
SECONDS = 4
CROWD = 1_000
AT_ONCE = 40  # viewers that connect: no more than wait in the shortest queue of the three
BURST, DELIVERIES = 200, 200_000  # at most so many messages, and so many deliveries
FIGURES = (
    ("POST/s, 32 connections", "/s"),
    ("POST p50, one connection", "ms"),
    ("processor time of a POST, one connection", "ms"),
    (f"memory each, {CROWD:,} viewers", "KB"),
    (f"fan-out p50, {CROWD:,} viewers", "ms"),
    (f"fan-out p99, {CROWD:,} viewers", "ms"),
    (f"deliveries/s, {CROWD:,} viewers", "/s"),
    (f"processor time of a delivery, {CROWD:,} viewers", "µs"),
)


class Server(NamedTuple):
    port: int
    pid: int


class Posting(NamedTuple):
    """Durable POSTs."""

    posts: float  # a second, on 32 connections
    one_ms: float  # the median on one connection
    one_cpu: float  # milliseconds of the server's processor time for each of those


class Delivery(NamedTuple):
    """To viewers of one site over Socket.IO."""

    each: float  # memory of a viewer, in KB
    p50: float  # from a POST to a viewer, in milliseconds
    p99: float
    deliveries: float  # a second, when many messages are posted at once
    delivery_cpu: (
        float  # microseconds of the server's processor time for each of those, with its share of a POST
    )


def peers() -> tuple[str, ...]:
    """The names of those that can run here; installs what Node's needs (a few minutes, once)."""
    if not (shutil.which("node") and shutil.which("npm")):
        sys.stderr.write("node or npm is missing: no comparison with Node\n")
        return (PLAIN,)
    installed, lock = PEERS / "node_modules" / ".package-lock.json", PEERS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        sys.stderr.write("Installing the peer for Node (once, it compiles SQLite) …\n")
        if subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=PEERS).returncode:
            sys.stderr.write("That failed: no comparison with Node\n")
            return (PLAIN,)
    return (NODE, PLAIN)


@contextmanager
def serving(name: str, folder: Path) -> Iterator[Server]:
    """A server that answers, with a new database; it is killed in the end."""
    if name == OURS:
        with fresh(folder) as service:
            yield Server(service.port, service.pid)
        return
    allow_files()
    port = free_port()
    file = folder / f"{name}-{port}.db"
    command = ["node", "node.js"] if name == NODE else [sys.executable, "plain.py"]
    log = file.with_suffix(".log")
    with (
        log.open("wb") as output,
        subprocess.Popen([*command, str(port), str(file)], cwd=PEERS, stdout=output, stderr=output) as server,
    ):
        try:
            wait_until(lambda: server.poll() is not None or answers(port), f"{name} answers, its log: {log}")
            assert server.poll() is None, log.read_text()
            yield Server(port, server.pid)
        finally:
            server.kill()


def posting(server: Server, seconds: float) -> Posting:
    many = back_to_back(server.port, 32, seconds)
    before = process.cpu_seconds(server.pid)
    alone = back_to_back(server.port, 1, seconds / 2)
    cpu = process.cpu_seconds(server.pid) - before
    return Posting(len(many) / seconds, median(alone), 1000 * cpu / len(alone))


def delivery(server: Server, viewers: int) -> Delivery:
    telescope = Telescope(server.port)
    telescope.post("the first")
    telescope.close()
    before = process.resident(server.pid)
    with Crowd(server.port, "Socket.IO", viewers, at_once=AT_ONCE) as crowd:
        crowd.connect()
        crowd.read_for(1)
        each = 1024 * (process.resident(server.pid) - before) / viewers
        took = fan_out(server.port, crowd)
        messages = min(BURST, DELIVERIES // viewers)
        before = process.cpu_seconds(server.pid)
        rate = burst(server.port, crowd, messages)
        cpu = 1e6 * (process.cpu_seconds(server.pid) - before) / (messages * viewers)
    return Delivery(each, median(took), milliseconds(took, 0.99), rate, cpu)


def posted(folder: Path, name: str, seconds: float = SECONDS) -> Posting:
    """Start a server, and post to it."""
    with serving(name, folder) as server:
        return posting(server, seconds)


def delivered(folder: Path, name: str, viewers: int = CROWD) -> Delivery:
    """Start a server, and connect viewers to it."""
    with serving(name, folder) as server:
        return delivery(server, viewers)


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    names = (OURS, *peers())
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            found[name].append((*posted(folder, name), *delivered(folder, name)))
    medians = {name: [statistics.median(each) for each in zip(*found[name], strict=True)] for name in names}
    for at, (figure, unit) in enumerate(FIGURES):
        for name in names:
            yield f"{figure}, {name}", medians[name][at], unit
        for name in names[1:]:
            yield f"{figure}, {OURS} / {name}", medians[OURS][at] / medians[name][at], "×"
