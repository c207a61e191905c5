"""Many viewers of one kind in one thread, over raw sockets: light, as they share the cores with the server.

Needs Linux: epoll, and as many addresses 127.0.0.x as it takes to have enough ports.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import time
import zlib
from collections.abc import Sequence
from urllib.parse import urlencode

PER_ADDRESS = 10_000  # connections: an address has 28,000 ports
PORT_WHEN_CONNECTING = (
    24  # IP_BIND_ADDRESS_NO_PORT: it takes the kernel milliseconds to find a port when binding
)
READ_BYTES = 1 << 18
RESERVED_FILES = 500  # for everything but viewers
PATIENCE_S = 300.0  # for anything that a crowd waits for
HEADERS = (  # of a browser
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: */*\r\nAccept-Language: en-US,en;q=0.5\r\nCache-Control: no-cache\r\n"
)


class Viewer:
    """A connection, and what has arrived of the frame or event that is not yet complete."""

    __slots__ = ("buffer", "connection", "greeted", "inflater", "site")

    def __init__(self, connection: socket.socket, site: str):
        self.connection = connection
        self.site = site
        self.buffer = b""
        self.greeted = False  # whether the head of the HTTP response has been read
        self.inflater: zlib._Decompress | None = None

    def inflate(self, payload: bytes) -> bytes:
        """The text of a compressed frame (RFC 7692)."""
        if self.inflater is None:
            self.inflater = zlib.decompressobj(-15)
        return self.inflater.decompress(payload + b"\0\0\xff\xff")


class Kind:
    """How viewers of one kind connect, and how they count what they receive."""

    path = "/"
    head = ""

    def request(self, site: str, after: str | None) -> bytes:
        """The request of a viewer of a site that has seen the message with the cursor `after`."""
        query = urlencode(self.query(site, after), safe="*")
        return f"GET {self.path}?{query} HTTP/1.1\r\nHost: crowd\r\n{HEADERS}{self.head}\r\n".encode()

    def query(self, site: str, after: str | None) -> dict[str, str]:
        return {"site": site, "after_id": after or ""}

    def take(self, crowd: Crowd, viewer: Viewer, data: bytes) -> None:
        raise NotImplementedError


class WebSocket(Kind):
    """`/ws`. Also a base for whatever else comes in the frames of RFC 6455."""

    path = "/ws"
    head = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Extensions: permessage-deflate\r\n"  # as browsers do; it is the server's choice
    )
    newlog = b'{"id"'

    def take(self, crowd: Crowd, viewer: Viewer, data: bytes) -> None:
        if viewer.buffer:
            data = viewer.buffer + data
        at, end, newlog = 0, len(data), self.newlog
        if not viewer.greeted:
            at = data.find(b"\r\n\r\n") + 4
            if at < 4:
                viewer.buffer = data
                return
            accepted(data, b"HTTP/1.1 101 ")
            viewer.greeted = True
        while end - at >= 2:
            size, start = data[at + 1], at + 2
            if size == 126:
                size, start = data[at + 2] << 8 | data[at + 3] if end - at >= 4 else end, at + 4
            if end < start + size:
                break
            if data.startswith(newlog, start):
                crowd.received += 1
            else:
                self._unusual(crowd, viewer, data[at], data[start : start + size])
            at = start + size
        viewer.buffer = data[at:]

    def _unusual(self, crowd: Crowd, viewer: Viewer, first: int, payload: bytes) -> None:
        """Process a frame that is compressed or no message; `first` is its first byte."""
        text = viewer.inflate(payload) if first & 0x40 else payload
        if first == 0x89:
            viewer.connection.sendall(masked(payload, 0x8A))
        elif text.startswith(self.newlog):
            crowd.received += 1
        else:
            self.other(crowd, viewer, text)

    def other(self, crowd: Crowd, viewer: Viewer, text: bytes) -> None:  # noqa: ARG002
        """Process a text that is no message."""
        if text.startswith(b'{"subscribed"'):
            crowd.here += 1


class DataStream(WebSocket):
    path = "/datastream"
    newlog = b'{"topic"'


class SocketIO(WebSocket):
    """Socket.IO over a WebSocket, without polling first. The site is in the query, for all servers."""

    path = "/socket.io/"
    newlog = b'42["newlog"'

    def query(self, site: str, after: str | None) -> dict[str, str]:  # noqa: ARG002
        return {"EIO": "4", "transport": "websocket", "site": site}

    def other(self, crowd: Crowd, viewer: Viewer, text: bytes) -> None:
        if text.startswith(b"0"):
            auth = {"site": viewer.site, "after_id": crowd.after}
            viewer.connection.sendall(masked(b"40" + (json.dumps(auth).encode() if crowd.after else b"")))
        elif text == b"2":
            viewer.connection.sendall(masked(b"3"))
        elif text.startswith(b"40"):
            crowd.here += 1
        elif text.startswith((b"41", b"44")):
            raise ConnectionError(f"a viewer was refused: {text.decode()}")


class Events(Kind):
    path = "/events"

    def take(self, crowd: Crowd, viewer: Viewer, data: bytes) -> None:
        data = viewer.buffer + data
        if not viewer.greeted:
            accepted(data, b"HTTP/1.1 200 ")
            if b"event: subscribed\n" in data:
                viewer.greeted = True
                crowd.here += 1
        complete, end, rest = data.rpartition(b"\n\n")
        crowd.received += complete.count(b"event: newlog\n")
        viewer.buffer = rest if end else data


KINDS: dict[str, Kind] = {
    "Socket.IO": SocketIO(),
    "/ws": WebSocket(),
    "/datastream": DataStream(),
    "/events": Events(),
}


def accepted(response: bytes, status: bytes) -> None:
    """Raises ConnectionError if a response does not begin with this status line."""
    if not response.startswith(status):
        raise ConnectionError(f"a viewer was refused: {response.decode()}")


def masked(text: bytes, opcode: int = 0x81) -> bytes:
    """A client's frame, of less than 126 bytes; the mask is zero, so that nothing has to be computed."""
    return bytes((opcode, 0x80 | len(text), 0, 0, 0, 0)) + text


class Crowd:
    """`count` viewers of one kind, of which `at_once` connect at a time; the sites are given to them in turn.

    `here` counts those that the server has accepted, `received` the messages of all of them; `arrivals` has
    the time of each, by `time.perf_counter()`. Raises ConnectionError if the server ends a connection.
    """

    def __init__(
        self,
        port: int,
        kind: str,
        count: int,
        sites: Sequence[str] = ("tst",),
        after: str | None = None,
        at_once: int = 200,
    ):
        self.port = port
        self.kind = KINDS[kind]
        self.count = count
        self.sites = sites
        self.after = after
        self.at_once = at_once
        self.requests = [self.kind.request(site, after) for site in sites]
        self.here = 0
        self.received = 0
        self.arrivals: list[float] = []
        self.viewers: dict[int, Viewer] = {}
        self.epoll = select.epoll()
        allow_files()

    def __enter__(self) -> Crowd:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connect(self) -> None:
        """Connect all of them, some at a time, and wait until all have been accepted."""
        deadline = time.monotonic() + PATIENCE_S
        while self.here < self.count:
            while len(self.viewers) < self.count and len(self.viewers) - self.here < self.at_once:
                self._open(len(self.viewers))
            self.read(0.1)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.here:,} of {self.count:,} viewers were accepted in {PATIENCE_S} s")

    def read_until(self, received: int) -> None:
        """Read until that many messages have been received in all."""
        deadline = time.monotonic() + PATIENCE_S
        while self.received < received:
            self.read(1)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.received:,} of {received:,} messages came in {PATIENCE_S} s")

    def read_for(self, seconds: float) -> None:
        """Read whatever arrives in this time, and answer pings."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def read(self, seconds: float) -> None:
        """Read what has arrived; wait at most `seconds` for it."""
        for file, _ in self.epoll.poll(seconds, 1024):
            viewer, before = self.viewers[file], self.received
            data = viewer.connection.recv(READ_BYTES)
            if not data:
                raise ConnectionError("the server has ended a viewer's connection")
            self.kind.take(self, viewer, data)
            if self.received != before:
                self.arrivals += [time.perf_counter()] * (self.received - before)

    def close(self) -> None:
        self.epoll.close()
        for viewer in self.viewers.values():
            viewer.connection.close()
        self.viewers.clear()

    def _open(self, number: int) -> None:
        connection = socket.socket()
        connection.setsockopt(socket.IPPROTO_IP, PORT_WHEN_CONNECTING, 1)
        connection.bind((f"127.0.0.{1 + number // PER_ADDRESS}", 0))
        connection.connect(("127.0.0.1", self.port))
        connection.sendall(self.requests[number % len(self.requests)])
        self.viewers[connection.fileno()] = Viewer(connection, self.sites[number % len(self.sites)])
        self.epoll.register(connection, select.EPOLLIN)


def allow_files() -> None:
    """Let this process have as many files open as it may; those that it starts then begin with that."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def room(count: int) -> int:
    """How many of `count` viewers may be there: each takes an open file, here and in the server."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(count, hard - RESERVED_FILES)
