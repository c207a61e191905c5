"""One of the fuzzer's processes: connections that send odd input, and what happens to them.

`python -m tests.fuzz.attack` reads its `Plan` as JSON and prints its findings as one JSON object; every
exchange is written to the plan's journal (gzip), one per line: when it began and ended (unix seconds), its
port, its kind, and its bytes as a Python literal.
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TextIO

from tests.fuzz import credentials, frames, inputs, routes

DEADLINE_S = 40.0  # by which a connection has received all its responses and ended
ROUTES_AT_ONCE = 24  # requests for routes on one connection
CONNECTIONS = 6  # at the same time, in each process
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
ACCEPTED = re.compile(rb'\{"id":(\d+),[^{}]*"warnings":')
ALL_ACCEPTED = re.compile(rb'\{"ids":\[([\d,]+)\],[^{}]*"warnings":')
CLOSING = re.compile(rb"\r\nConnection: close\r\n|HTTP/1.1 101 ", re.IGNORECASE)
INTERNAL = re.compile(rb"\x88[\x02-\x7d]\x03\xf3")  # a close frame with code 1011 (RFC 6455, section 7.4.1)
UPGRADE = b"Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
WRITING = threading.Lock()
SERVED = {
    505
}  # the one answer of 500 and more that is the client's fault: a version of HTTP that nobody speaks


@dataclass
class Plan:
    """What one process does: `count` requests, frames and packets, with these keys among the credentials."""

    port: int
    seed: str
    count: int
    journal: str
    keys: list[str]
    combinations: list[tuple[str, str]]  # methods and routes, each of which is requested at least once


@dataclass
class Seen:
    """What the connections of one process have seen."""

    sent: Counter[str] = field(default_factory=Counter)  # requests, frames and packets, by kind
    answers: Counter[str] = field(default_factory=Counter)  # by kind and status
    routes: Counter[str] = field(default_factory=Counter)  # by method, route and status, as by `routes.key`
    accepted: list[int] = field(default_factory=list)  # ids of stored messages
    findings: list[str] = field(default_factory=list)


class Attacker(threading.Thread):
    """Sends its share of requests, frames and packets on one connection after another."""

    def __init__(self, plan: Plan, number: int, seen: Seen, journal: TextIO):
        super().__init__(daemon=True)
        self.port = plan.port
        self.keys = plan.keys
        self.random = Random(f"{plan.seed}.{number}")
        self.left = plan.count // CONNECTIONS
        self.every = plan.combinations
        self.own = plan.combinations[number::CONNECTIONS]
        self.covered: set[str] = set()
        self.seen = seen
        self.journal = journal
        # A third each over HTTP, Socket.IO and plain WebSockets.
        self.families: list[list[Callable[[], None]]] = [
            [self.http, self.http, self.http, self.by_route, self.events],
            [self.socketio, self.socketio, self.polling],
            [self.websocket],
        ]
        self.sent = [0 for _ in self.families]

    def run(self) -> None:
        self.random.shuffle(self.own)
        while self.own:
            self.by_route()
        while self.left > 0:
            family = self.sent.index(min(self.sent))
            before = self.left
            self.random.choice(self.families[family])()
            self.sent[family] += max(1, before - self.left)

    def credential(self) -> bytes:
        """A header line with credentials, or nothing."""
        often = self.random.random() < (0.85 if self.keys else 0.05)
        return credentials.header(self.random, self.keys) if often else b""

    def query(self) -> bytes:
        """A query string, in which a key may be."""
        query = inputs.query(self.random).encode("latin-1")
        if self.random.random() < (0.4 if self.keys else 0.05):
            query += b"&" + credentials.in_query(self.random, self.keys)
        return query

    def http(self) -> None:
        """Several requests on one connection, without waiting for responses."""
        count = self.random.choice([0, 1, 4, 9, 30])
        said = [self.request(framed_well=True) for _ in range(count)]
        if said and self.random.random() < 0.5:
            said.append(LAST)
            endless = any(b"/events" in each for each in said)
            unanswered(self.seen, said, self.exchange("http", said, half_close=endless))
        else:
            self.exchange("http", [*said, self.request()])

    def request(self, framed_well: bool = False) -> bytes:
        request = inputs.request(self.random, framed_well)
        return credentials.with_header(request, self.credential())

    def by_route(self) -> None:
        """Some of the routes by some of the methods; each response is assigned to its request."""
        asked: list[tuple[str, str]] = []
        while len(asked) < ROUTES_AT_ONCE and not (asked and routes.ends_its_connection(*asked[-1])):
            asked.append(self.own.pop() if self.own else self.random.choice(self.every))
        said = [routes.request(self.random, *each, self.credential()) for each in asked]
        answer = self.exchange("route", said)
        found = routes.statuses(answer, [method for method, _ in asked])
        self.covered.update(map(str, asked[: len(found)]))
        for (method, route), status in zip(asked, found, strict=False):
            self.seen.routes[routes.key(method, route, status)] += 1
        if len(found) < len(asked) and not CLOSING.search(answer):
            self.seen.findings.append(f"{len(found)} answers to {len(asked)} requests: {b''.join(said)!r}")
        # What came after a response that ended the connection is asked for again.
        self.own += [each for each in asked[len(found) :] if self.left > 0 and str(each) not in self.covered]

    def events(self) -> None:
        """Server-sent events, which begin if the query is valid."""
        start = b"GET /events?%b HTTP/1.1\r\nHost: localhost\r\n" % self.query()
        if self.random.random() < 0.3:
            odd = credentials.one_line(inputs.text(self.random))[:100]
            start += b"Last-Event-ID: %b\r\n" % odd
        self.exchange("events", [start + self.credential() + b"\r\n"])

    def handshake(self, target: bytes) -> bytes:
        start = b"GET %b HTTP/1.1\r\n" % target + UPGRADE + KEY
        return credentials.with_header(start, self.credential())

    def websocket(self) -> None:
        target = self.random.choice([b"/ws", b"/datastream"]) + b"?"
        often = self.random.random() < 0.8
        target += b"site=%b" % inputs.RARE.encode() if often else self.query()
        said = [self.handshake(target)]
        if self.random.random() < 0.3:
            said += frames.series(self.random, 60)
        for _ in range(self.random.choice([1, 3, 10])):
            said += frames.frames(self.random)
        self.exchange("ws", said)

    def socketio(self) -> None:
        """Socket.IO over a WebSocket from the start."""
        said = [self.handshake(b"/socket.io/?EIO=4&transport=websocket&" + self.query())]
        if self.random.random() < 0.8:
            said.append(frames.well_formed(self.connecting()))
        if self.random.random() < 0.3:
            said += [frames.well_formed(frames.event(self.random)) for _ in range(60)]
        for _ in range(self.random.choice([1, 3, 10])):
            opcode = self.random.choice([1, 1, 1, 1, 2])
            said.append(frames.frame(self.random, frames.packet(self.random), opcode))
        self.exchange("socketio", said)

    def connecting(self) -> bytes:
        often = self.random.random() < (0.9 if self.keys else 0.3)
        return credentials.connecting(self.random, self.keys) if often else b"40"

    def polling(self) -> None:
        """Socket.IO by polling: a session, odd packets, sometimes an upgrade, and usually an end."""
        random = self.random
        start = b"GET /socket.io/?EIO=4&transport=polling&site=busy HTTP/1.1\r\nHost: localhost\r\n"
        found = re.search(
            rb'"sid":"([\w-]+)"', self.exchange("polling", [start + self.credential() + b"\r\n"])
        )
        if found is None:
            return
        path = b"/socket.io/?EIO=4&transport=polling&sid=" + found[1]
        said = [posted(path, self.connecting())]
        for _ in range(random.choice([1, 2, 5, 20])):
            make = random.choice([frames.packet, frames.event])
            packets = [make(random) for _ in range(random.choice([1, 1, 2, 16, 17]))]
            said.append(posted(path, b"\x1e".join(packets)))
        if random.random() < 0.4:
            said.insert(random.randrange(1, len(said)), b"GET %b HTTP/1.1\r\n\r\n" % path)
        if random.random() < 0.3:
            upgrade = self.handshake(b"/socket.io/?EIO=4&transport=websocket&sid=" + found[1])
            probes = [frames.frame(random, part) for part in (b"2probe", b"5", frames.packet(random))]
            self.exchange("upgrade", [upgrade, *probes[: random.randrange(4)]])
        self.exchange("polling", said)
        if random.random() < 0.9:
            self.exchange("polling", [posted(path, b"1")])

    def exchange(self, kind: str, said: list[bytes], half_close: bool = True) -> bytes:
        """Send everything, half-close, and read until the service ends the connection, too.

        Without `half_close`, the service has to find out by itself that nothing follows.
        """
        data, answer, began, own = b"".join(said), b"", time.time(), 0
        self.left -= len(said)
        self.seen.sent[kind] += len(said)
        try:
            with socket.create_connection(("127.0.0.1", self.port), DEADLINE_S) as connection:
                own = connection.getsockname()[1]
                answer = talk(connection, data, half_close)
        except TimeoutError:
            self.seen.findings.append(
                f"a hang: neither an answer nor an end within {DEADLINE_S:.0f} s: {data!r}"
            )
        except ConnectionRefusedError:
            self.seen.findings.append(f"no connection is accepted any more, before {data!r}")
            self.left = 0
        except ConnectionError as error:
            self.seen.findings.append(f"no connection could be opened ({error!r}), before {data!r}")
        with WRITING:
            self.journal.write(f"{json.dumps([began, time.time(), own, kind, repr(data)])}\n")
        judge(self.seen, kind, data, answer)
        return answer


def posted(path: bytes, content: bytes) -> bytes:
    return b"POST %b HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (path, len(content), content)


def talk(connection: socket.socket, data: bytes, half_close: bool = True) -> bytes:
    """Everything received until the connection ends. Raises TimeoutError if it does not end."""
    answer = []
    deadline = time.monotonic() + (connection.gettimeout() or DEADLINE_S)
    try:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65536):
            answer.append(part)
            connection.settimeout(max(0.001, deadline - time.monotonic()))
    except TimeoutError:
        raise
    except OSError:
        pass  # it ended before everything was sent or read
    return b"".join(answer)


def judge(seen: Seen, kind: str, data: bytes, answer: bytes) -> None:
    """Count the responses, and report those that must not occur."""
    statuses = [int(found) for found in STATUS.findall(answer)]
    for status in statuses or [0]:
        seen.answers[f"{kind} {status or 'no answer'}"] += 1
    if any(status >= 500 and status not in SERVED for status in statuses):
        seen.findings.append(f"an answer of {max(statuses)} to {data!r}")
    if kind == "ws" and INTERNAL.search(answer):
        seen.findings.append(f"a WebSocket closed as after an internal error (1011): {data!r}")
    seen.accepted += [int(found) for found in ACCEPTED.findall(answer)]
    for found in ALL_ACCEPTED.findall(answer):
        seen.accepted += map(int, found.split(b","))


def unanswered(seen: Seen, said: list[bytes], answer: bytes) -> None:
    """Report requests without a response, unless something before them ended the connection."""
    answers = [status for status in STATUS.findall(answer) if status != b"100"]
    last = said[-1] == LAST and answer.endswith(b'{"status":"ok"}')
    if len(answers) != len(said) and (last or not CLOSING.search(answer)):
        seen.findings.append(f"{len(answers)} answers to {len(said)} requests: {b''.join(said)!r}")


def main(plan: Plan) -> Seen:
    seen = Seen()
    with gzip.open(plan.journal, "wt", compresslevel=1) as file:
        attackers = [Attacker(plan, number, seen, file) for number in range(CONNECTIONS)]
        for attacker in attackers:
            attacker.start()
        for attacker in attackers:
            attacker.join()
    return seen


if __name__ == "__main__":
    result = main(Plan(**json.load(sys.stdin)))
    json.dump(vars(result), sys.stdout)
