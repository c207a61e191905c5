"""A crowd: many viewers of every kind, over bare sockets, all in one thread."""

from __future__ import annotations

import json
import selectors
import socket
import time
from typing import Any

from tests.support.described import raw
from tests.support.described.received import RECEIVED

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: crowd\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
AT_ONCE = 100  # connections opened at the same time


class Member:
    """One viewer of the site `tst`. `here` is set once the server has confirmed the subscription."""

    path = ""

    def __init__(self, port: int):
        self.ids: list[int] = []
        self.here = False
        self.buffer = b""
        self.connection = socket.create_connection(("127.0.0.1", port), 20)
        self.ask()

    def ask(self) -> None:
        self.connection.sendall(HANDSHAKE.format(path=self.path).encode())

    def read(self) -> None:
        data = self.connection.recv(1 << 18)
        assert data, f"the server has ended a connection of {type(self).__name__}"
        self.buffer += data
        self.parse()

    def parse(self) -> None:
        """Extract WebSocket frames from the buffer."""
        if self.buffer.startswith(b"HTTP/"):
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head
            self.buffer = rest
        while len(self.buffer) >= 2:
            size, start = self.buffer[1], 2
            if size == 126:
                size, start = int.from_bytes(self.buffer[2:4], "big"), 4
            if len(self.buffer) < start + size:
                return
            opcode, packet = self.buffer[0] & 15, self.buffer[start : start + size]
            self.buffer = self.buffer[start + size :]
            if opcode == 9:
                self.send(packet, opcode=10)
            else:
                self.take(packet.decode())

    def send(self, data: bytes, opcode: int = 1) -> None:
        assert len(data) < 126
        self.connection.sendall(bytes((0x80 | opcode, 0x80 | len(data), 0, 0, 0, 0)) + data)

    def take(self, text: str) -> None:
        raise NotImplementedError


class SocketIO(Member):
    path = "/socket.io/?EIO=4&transport=websocket"

    def take(self, text: str) -> None:
        RECEIVED.frame("socketio", text)
        if text.startswith("0"):
            self.send(b'40{"site":"tst","after_id":0}')
        elif text == "2":
            self.send(b"3")
        elif text.startswith("42"):
            event, content = json.loads(text[2:])
            if event == "subscribed":
                self.here = True
            else:
                self.ids.append(content["id"])


class WebSocket(Member):
    channel = "ws"
    path = "/ws?site=tst&after_id=0"

    def take(self, text: str) -> None:
        RECEIVED.frame(self.channel, text)
        content: dict[str, Any] = json.loads(text)
        if "subscribed" in content:
            self.here = True
        else:
            self.ids.append(content.get("data", content)["id"])


class DataStream(WebSocket):
    channel = "datastream"
    path = "/datastream?site=tst&after_id=0"


class Events(Member):
    def ask(self) -> None:
        self.connection.sendall(b"GET /events?site=tst&after_id=0 HTTP/1.0\r\nHost: crowd\r\n\r\n")

    def parse(self) -> None:
        *events, self.buffer = self.buffer.split(b"\n\n")
        for event in events:
            name, data = (
                event.partition(key)[2].partition(b"\n")[0].decode() for key in (b"event: ", b"data: ")
            )
            if name:
                RECEIVED.frame("events", data, name)
            self.here = self.here or name == "subscribed"
            if name == "newlog":
                self.ids.append(json.loads(data)["id"])


class Polling(Member):
    def ask(self) -> None:
        last = self.ids[-1] if self.ids else 0
        self.asked = (
            f"GET /recent-logs?site=tst&after_id={last}&wait=25 HTTP/1.1\r\nHost: crowd\r\n\r\n".encode()
        )
        self.connection.sendall(self.asked)
        self.here = True

    def parse(self) -> None:
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if end and len(body) == int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0]):
            assert b" 200 OK" in head
            for answer in raw.answers(self.asked, self.buffer):
                RECEIVED.answer(answer)
            self.buffer = b""
            self.ids += sorted(message["id"] for message in json.loads(body))
            self.ask()


KINDS = (SocketIO, WebSocket, DataStream, Events, Polling)


class Crowd:
    """`count` viewers, the same number of each kind."""

    def __init__(self, port: int, count: int):
        self.selector = selectors.DefaultSelector()
        self.members: list[Member] = []
        while len(self.members) < count:
            for _ in range(AT_ONCE // len(KINDS)):
                for kind in KINDS:
                    self._add(kind(port))
            self.read_until(lambda: all(member.here for member in self.members[-AT_ONCE:]))

    def _add(self, member: Member) -> None:
        self.members.append(member)
        self.selector.register(member.connection, selectors.EVENT_READ, member)

    def read_until(self, condition: Any, seconds: float = 60) -> None:
        """Read what any of them receives until the condition holds."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the crowd waits in vain"
            for key, _ in self.selector.select(0.1):
                key.data.read()

    def close(self) -> None:
        for member in self.members:
            member.connection.close()
        self.selector.close()
