"""Load: clients that post, and measure the response times."""

from __future__ import annotations

import itertools
import json
import re
import selectors
import socket
import statistics
import time
from collections.abc import Iterator, Sequence

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Telescope:
    """A keep-alive connection that posts messages of one site."""

    def __init__(self, port: int, site: str = "tst"):
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.site = site
        self.received = b""  # after the last response

    def send(self, *texts: str) -> None:
        """Post messages, without waiting for a response in between."""
        self.connection.sendall(b"".join(map(self._request, texts)))

    def take(self) -> None:
        """Read one response. Raises OSError if it is not a 200."""
        while (size := _size(self.received)) == 0 or len(self.received) < size:
            data = self.connection.recv(1 << 16)
            if not data:
                raise OSError("the server has closed the connection")
            self.received += data
        response, self.received = self.received[:size], self.received[size:]
        if not response.startswith(b"HTTP/1.1 200 "):
            raise OSError(f"a POST was answered {response!r}")

    def post(self, text: str) -> float:
        """Post, wait for the response, and return the seconds it took."""
        started = time.perf_counter()
        self.send(text)
        self.take()
        return time.perf_counter() - started

    def close(self) -> None:
        self.connection.close()

    def _request(self, text: str) -> bytes:
        body = json.dumps(
            {"site": self.site, "log_message": text, "log_level": "INFO", "timestamp": time.time()}
        ).encode()
        return b"POST /newlog HTTP/1.1\r\nHost: bench\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _size(received: bytes) -> int:
    """The size of the first response of those received; 0 as long as its head is incomplete."""
    head = received.find(b"\r\n\r\n") + 4
    if head < 4:
        return 0
    length = LENGTH.search(received, 0, head)
    return head + int(length[1]) if length else head


def back_to_back(
    port: int, connections: int, seconds: float, texts: Iterator[str] | None = None
) -> list[float]:
    """Post on all connections, each as soon as its last response arrives; returns the seconds per POST.

    By default, all texts are the same.
    """
    texts = texts or itertools.repeat("Filter set to: V")
    took: list[float] = []
    with selectors.DefaultSelector() as selector:
        started: dict[Telescope, float] = {}
        for _ in range(connections):
            telescope = Telescope(port)
            selector.register(telescope.connection, selectors.EVENT_READ, telescope)
            started[telescope] = time.perf_counter()
            telescope.send(next(texts))
        end = time.perf_counter() + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(1):
                telescope = key.data
                telescope.take()
                now = time.perf_counter()
                took.append(now - started[telescope])
                started[telescope] = now
                telescope.send(next(texts))
        for telescope in started:
            telescope.take()
            telescope.close()
    return took


def paced(port: int, a_second: float, seconds: float) -> Iterator[float]:
    """Post at a steady rate; yield the seconds from when each was due, so that a stall is not hidden."""
    telescope = Telescope(port)
    start = time.perf_counter()
    for number in range(int(a_second * seconds)):
        due = start + number / a_second
        time.sleep(max(0.0, due - time.perf_counter()))
        telescope.post(f"Exposure {number} complete")
        yield time.perf_counter() - due
    telescope.close()


def milliseconds(took: Sequence[float], quantile: float) -> float:
    """A quantile of durations in seconds, in milliseconds."""
    ordered = sorted(took)
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * quantile))]


def median(took: Sequence[float]) -> float:
    """The median of durations in seconds, in milliseconds."""
    return 1000 * statistics.median(took)
