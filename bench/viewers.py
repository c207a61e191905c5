"""Viewers: the time for a message to reach all of them, and for all of them to return after a restart."""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.load import Telescope, median, milliseconds
from tests.support.filled import filled
from tests.support.service import Service, running, wait_until

COUNTS = (100, 1_000, 5_000)
MISSED = 20
AT_ONCE = 200  # connections opened at the same time


class Crowd:
    """Socket.IO viewers over bare WebSockets, all in one thread."""

    def __init__(self, port: int, count: int, auth: dict[str, object]):
        self.selector = selectors.DefaultSelector()
        self.buffers: dict[socket.socket, bytes] = {}
        self.port = port
        self.auth = json.dumps(auth)
        self.connected = 0
        self.received = 0
        self.arrivals: list[float] = []
        self.count = count

    def connect(self) -> None:
        """Connect all of them, in batches, and wait until all have been accepted."""
        opened = 0
        while self.connected < self.count:
            while opened < self.count and opened - self.connected < AT_ONCE:
                self._open()
                opened += 1
            self.read(0.1)

    def read(self, seconds: float) -> None:
        """Read what has arrived; wait at most `seconds` for it."""
        for key, _ in self.selector.select(seconds):
            connection: socket.socket = key.fileobj  # type: ignore[assignment]
            self._take(connection, connection.recv(1 << 20))

    def close(self) -> None:
        for connection in self.buffers:
            connection.close()
        self.selector.close()

    def _open(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall(
            b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: bench\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
        )
        self.selector.register(connection, selectors.EVENT_READ)
        self.buffers[connection] = b""

    def _take(self, connection: socket.socket, data: bytes) -> None:
        if not data:
            sys.exit("the server has ended a viewer's connection")
        now = time.perf_counter()
        buffer = self.buffers[connection] + data
        if buffer.startswith(b"HTTP/"):
            buffer = buffer.partition(b"\r\n\r\n")[2]
        while len(buffer) >= 2:
            size, start = buffer[1], 2
            if size == 126:
                size, start = int.from_bytes(buffer[2:4], "big"), 4
            if len(buffer) < start + size:
                break
            packet, buffer = buffer[start : start + size], buffer[start + size :]
            if packet.startswith(b"0"):
                connection.sendall(masked(b"40" + self.auth.encode()))
            elif packet == b"2":
                connection.sendall(masked(b"3"))
            elif packet.startswith(b"40"):
                self.connected += 1
            elif packet.startswith(b'42["newlog"'):
                self.received += 1
                self.arrivals.append(now)
        self.buffers[connection] = buffer


def masked(text: bytes) -> bytes:
    return bytes((0x81, 0x80 | len(text), 0, 0, 0, 0)) + text


def fan_out(service: Service, count: int) -> Iterator[tuple[str, float, str]]:
    """Twenty messages, four per second: from the POST to each viewer."""
    assert service.process is not None
    process = psutil.Process(service.process.pid)
    before = process.memory_info().rss
    crowd = Crowd(service.port, count, {"site": "tst"})
    crowd.connect()
    memory = (process.memory_info().rss - before) / count / 1024
    telescope, took = Telescope(service.port), []
    for number in range(20):
        crowd.arrivals.clear()
        started = time.perf_counter()
        telescope.post(f"Exposure {number}")
        while len(crowd.arrivals) < count:
            crowd.read(5)
        took += [arrival - started for arrival in crowd.arrivals]
        while time.perf_counter() - started < 0.25:
            crowd.read(0.01)
    telescope.close()
    crowd.close()
    yield f"fan-out p50, {count:,} viewers", median(took), "ms"
    yield f"fan-out p99, {count:,} viewers", milliseconds(took, 0.99), "ms"
    yield f"memory per viewer, {count:,} viewers", memory, "KB"


def coming_back(service: Service, count: int) -> Iterator[tuple[str, float, str]]:
    """After a restart all viewers connect at once, each with twenty messages to catch up on."""
    telescope = Telescope(service.port)
    for number in range(MISSED):
        telescope.post(f"missed {number}")
    telescope.close()
    last = service.recent(site="tst", after_id=0)[-1]["id"]
    service.kill()
    service.start()
    started = time.perf_counter()
    crowd = Crowd(service.port, count, {"site": "tst", "after_id": last - MISSED})
    crowd.connect()
    while crowd.received < count * MISSED:
        crowd.read(5)
    yield f"{count:,} viewers are back, {MISSED} messages each", time.perf_counter() - started, "s"
    crowd.close()


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    for count in COUNTS:
        with running(filled(folder / f"{count}.db", 0), folder, LOG_LEVEL="warning") as service:
            yield from fan_out(service, count)
            wait_until(service.answers, "it answers")
            yield from coming_back(service, count)
