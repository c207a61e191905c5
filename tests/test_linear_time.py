"""Whatever a client sends costs time in proportion to its length, as everybody waits for it meanwhile.

Judged by growth, never by the clock: what becomes four times as long takes four times as long where the
cost is linear, and sixteen times where it is quadratic. Time is the processor's, so a busy machine does
not matter, and what costs next to nothing at its full length is not judged at all.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import websocket

from tests.service import Service
from userstatus import parameters, wire
from userstatus.errors import Refusal

NOW = 1_700_000_000.75
LINEAR = 10  # times as long for four times as much; quadratic is 16
RESOLUTION = 0.0005  # seconds below which nothing is measured well
TRIES = 5  # of which the shortest counts
ALPHABETS = {
    "digits": "1",
    "dots": ".",
    "spaces": " ",
    "exponents": "e",
    "decimals": "1.",
    "powers": "1e",
    "brackets": "[",
    "braces": '{"a":',
    "commas": ",",
    "sites": "a,",
    "semicolons": ";",
    "parameters": "a=;",
    "backslashes": "\\",
    "quotes": '"',
    "hyphens": "-",
    "percents": "%",
    "colons": "2020-01-01T00:00:00.",
    "lines": "\n",
    "combining": "e\u0301",
    "surrogates": "\ud83d",
    "nul": "\0",
}
LABELS = list(ALPHABETS)


def text(label: str, length: int) -> str:
    """A repetitive text that is nearly what it looks like: the end is what does not fit."""
    piece = ALPHABETS[label]
    return f"1{piece * (length // len(piece))}x"


def growth(cost: Callable[[int], float], lengths: list[int], floor: float) -> float:
    """The steepest growth of the cost (seconds) from one length to the next, which is four times as long.

    Not looked at where even the longer one costs less than `floor`. Ends with the first that is too steep,
    so that what is quadratic does not take minutes to be found out.
    """
    steepest = 0.0
    shorter = lengths[0]
    for longer in lengths[1:]:
        dear = cost(longer)
        if dear > floor:
            cheap = max(RESOLUTION, min(cost(shorter) for _ in range(TRIES)))
            for _ in range(TRIES if dear < 1 else 1):
                if dear < LINEAR * cheap:
                    break
                dear = min(dear, cost(longer))
            steepest = max(steepest, dear / cheap)
            if steepest >= LINEAR:
                break
        shorter = longer
    return steepest


def message(**fields: object) -> Callable[[str], object]:
    """Read a POST in which one field, the one that is None here, is the text."""
    return lambda content: wire.read_messages(
        json.dumps(
            {"site": "tst", "log_message": "x"}
            | {name: content if value is None else value for name, value in fields.items()}
        ).encode(),
        NOW,
    )


def query(name: str, **others: str) -> Callable[[str], object]:
    return lambda content: parameters.read_query({"site": "tst", **others, name: content}, NOW)


READERS: dict[str, Callable[[str], object]] = {
    **{f"POST {name}": message(**{name: None}) for name in wire.NewMessage._fields if name != "message"},
    "POST log_message": message(log_message=None),
    "POST, another field": message(extra=None),
    "POST, its body": lambda content: wire.read_messages(content.encode("utf-8", "surrogatepass"), NOW),
    "POST, its body in UTF-16": lambda content: wire.read_messages(
        content.encode("utf-16", "surrogatepass"), NOW
    ),
    "POST, a value that is not text": lambda content: wire.read_messages(
        b'{"site":"tst","log_message":%b}' % content.encode("utf-8", "surrogatepass"), NOW
    ),
    "POST, the name of a field": lambda content: wire.read_messages(json.dumps({content: 1}).encode(), NOW),
    **{f"GET {name}": query(name) for name in ("site", "after_time", "after_id", "before_id", "limit")},
    "GET log_level": query("log_level"),
    "GET wait": parameters.read_wait,
    "GET activity": lambda content: parameters.read_glance({"activity": content}),
    "a stream's site": lambda content: parameters.read_watch({"site": content}),
    "a stream's after_id": lambda content: parameters.read_watch({"site": "tst", "after_id": content}),
    "Last-Event-ID": lambda content: parameters.read_watch({"site": "tst"}, content),
    "a list of sites": lambda content: parameters.read_sites(list(content)),
    "/ws, a frame": lambda content: parameters.read_action(
        content.encode("utf-8", "surrogatepass"), {"newlog"}
    ),
    "/ws, its action": lambda content: parameters.read_action(
        json.dumps({"action": content}).encode(), {"newlog"}
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_reading_a_text_costs_time_in_proportion_to_its_length(reader: str) -> None:
    def cost(label: str) -> Callable[[int], float]:
        def measured(length: int) -> float:
            content = text(label, length)
            began = time.thread_time()
            with suppress(Refusal):
                READERS[reader](content)
            return time.thread_time() - began

        return measured

    longest = wire.MAX_BODY
    lengths = [longest // 256, longest // 64, longest // 16, longest // 4, longest]
    steep = {label: found for label in LABELS if (found := growth(cost(label), lengths, 0.01)) >= LINEAR}
    assert steep == {}


def test_growth_tells_quadratic_from_linear() -> None:
    quadratic = re.compile(r"[0-9]+\.?[0-9]*")

    def cost(length: int) -> float:
        began = time.thread_time()
        quadratic.fullmatch("1" * length + "x")
        return time.thread_time() - began

    assert growth(cost, [1000, 4000], 0.01) >= LINEAR
    assert growth(lambda length: length / 1000, [500, 2000], 0.01) == 4
    assert growth(lambda length: length**2 / 1e9, [500, 2000], 0.01) == 0, "that is nothing to be noticed"


def busy(service: Service) -> float:
    """How many seconds the process's event loop has worked so far."""
    assert service.process is not None
    return int(Path(f"/proc/{service.process.pid}/schedstat").read_text().split()[0]) / 1e9


def working(service: Service, exchange: Callable[[], object]) -> float:
    """How many seconds the event loop works for that."""
    began = busy(service)
    exchange()
    time.sleep(0.002)  # the kernel accounts for what a process has worked once it rests
    return busy(service) - began


def answer(service: Service, request: str) -> None:
    """Send a request on a connection of its own, and wait until its answer begins."""
    with socket.create_connection(("127.0.0.1", service.port), 60) as connection:
        connection.sendall(request.encode("latin-1"))
        with suppress(ConnectionError):
            connection.recv(65536)


FLOOR = 0.02  # seconds of the real service's
UNMASKING = 0.1  # as taking the mask off a frame of 60,000 bytes alone is about 0.02
POLLING = "/socket.io/?EIO=4&transport=polling"
IN_A_HEADER = ["digits", "spaces", "commas", "sites", "semicolons", "parameters", "backslashes", "quotes"]
HEADERS = {
    **dict.fromkeys(["Accept", "Cookie", "Host", "Last-Event-ID", "X-Forwarded-For"], "/events?site=tst"),
    **dict.fromkeys(["If-None-Match", "If-Modified-Since", "If-Range", "Range"], "/static/watch.css"),
    **dict.fromkeys(["Origin", "Accept-Encoding", "Connection", "Upgrade"], POLLING),
    **dict.fromkeys(["Content-Type", "Content-Length", "Transfer-Encoding", "Expect"], "/healthz"),
    **dict.fromkeys(["X-Forwarded-Proto", "Content-Encoding", "Access-Control-Request-Headers"], "/watch"),
    **dict.fromkeys(["Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"], "/ws?site=tst"),
    "Sec-WebSocket-Extensions": "/socket.io/?EIO=4&transport=websocket",
}
BEFORE = {"Content-Type": 'multipart/x; a="', "Range": "bytes=", "X-Forwarded-For": "10.0.0.1, "}


def lines(name: str, value: str) -> str:
    """A header in as many lines as it takes, as one is not longer than 8 KiB."""
    parts = [value[start : start + 7900] for start in range(0, len(value), 7900)]
    return "".join(f"{name}: {part}\r\n" for part in (BEFORE.get(name, "") + parts[0], *parts[1:]))


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_costs_time_in_proportion_to_its_length(service: Service, name: str) -> None:
    def cost(label: str) -> Callable[[int], float]:
        def measured(length: int) -> float:
            upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n" if name.startswith("Sec-") else ""
            head = f"GET {HEADERS[name]} HTTP/1.1\r\n{upgrade}{lines(name, text(label, length))}\r\n"
            return working(service, lambda: answer(service, head))

        return measured

    # The same header several times is one value, with commas; these may come only once.
    once = name in ("Host", "Content-Length", "Transfer-Encoding")
    lengths = [1_900, 7_600] if once else [14_000, 56_000]
    steep = {
        label: found for label in IN_A_HEADER if (found := growth(cost(label), lengths, FLOOR)) >= LINEAR
    }
    assert steep == {}


IN_A_QUERY = [*IN_A_HEADER, "dots", "decimals", "powers", "percents", "combining", "surrogates"]
PARAMETERS = {
    "/recent-logs?site=tst&{}": ["site", "after_time", "after_id", "before_id", "log_level", "limit", "wait"],
    "/sites?{}": ["site", "activity"],
    "/events?site=tst&{}": ["site", "after_id", "lastEventId"],
    "/ws?site=tst&{}": ["site", "after_id"],
    "/watch/{}": [""],
    "/{}": [""],
    POLLING + "&{}": ["site", "after_id", "sid", "EIO", "transport", "j", "t"],
}


@pytest.mark.parametrize(
    ("target", "name"), [(path, name) for path in PARAMETERS for name in PARAMETERS[path]]
)
def test_a_parameter_costs_time_in_proportion_to_its_length(service: Service, target: str, name: str) -> None:
    upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n" if target.startswith("/ws") else ""

    def cost(label: str) -> Callable[[int], float]:
        def measured(length: int) -> float:
            value = text(label, length)
            odd = not value.isascii() or not value.isprintable() or " " in value
            quoted = quote(value, errors="replace") if odd else value
            parameter = f"{name}={quoted[: length - 1]}{quoted[-1]}"
            request = f"GET {target.format(parameter)} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n"
            return working(service, lambda: answer(service, request))

        return measured

    steep = {
        label: found for label in IN_A_QUERY if (found := growth(cost(label), [1900, 7600], FLOOR)) >= LINEAR
    }
    assert steep == {}


PACKETS = {
    "Engine.IO packet": "{}",
    "Socket.IO packet": "4{}",
    "namespace": "42/{},[]",
    "acknowledgement": "43{}",
    "attachments": "45{}-[]",
    "event": '42["{}"]',
    "site": '42["subscribe",{{"site":"{}"}}]',
    "list of sites": '42["subscribe",{{"site":["{}"]}}]',
    "cursor": '42["subscribe",{{"site":"tst","after_id":"{}"}}]',
    "auth": '40{{"site":"{}"}}',
    "number": '42["subscribe",{}]',
}
IN_A_PACKET = ["digits", "powers", "brackets", "braces", "commas", "sites", "hyphens", "combining"]


@pytest.mark.parametrize("packet", PACKETS)
def test_a_packet_costs_time_in_proportion_to_its_length(service: Service, packet: str) -> None:
    url = f"ws://127.0.0.1:{service.port}/socket.io/?EIO=4&transport=websocket"

    def cost(label: str) -> Callable[[int], float]:
        def measured(length: int) -> float:
            with connected(url) as viewer:
                viewer.recv()
                if packet != "auth":
                    viewer.send("40")
                    viewer.recv()
                return working(service, lambda: said(viewer, PACKETS[packet].format(text(label, length))))

        return measured

    lengths = [15_000, 60_000]
    steep = {
        label: found for label in IN_A_PACKET if (found := growth(cost(label), lengths, UNMASKING)) >= LINEAR
    }
    assert steep == {}


@contextmanager
def connected(url: str) -> Iterator[websocket.WebSocket]:
    client = websocket.create_connection(url, timeout=60)
    try:
        yield client
    finally:
        client.shutdown()  # type: ignore[no-untyped-call]


def said(viewer: websocket.WebSocket, packet: str) -> None:
    """Say that, and wait until it has been taken, which a pong tells, or the connection ends over it."""
    with suppress(OSError, websocket.WebSocketException):
        viewer.send(packet)
        viewer.ping()
        while viewer.recv_data(control_frame=True)[0] not in (
            websocket.ABNF.OPCODE_PONG,
            websocket.ABNF.OPCODE_CLOSE,
        ):
            pass


def test_what_comes_in_many_pieces_costs_time_in_proportion_to_their_number(service: Service) -> None:
    def chunks(count: int) -> float:
        body = "1\r\n1\r\n" * count + "0\r\n\r\n"
        request = f"POST /newlog HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        return working(service, lambda: answer(service, request))

    def fragments(count: int) -> float:
        url = f"ws://127.0.0.1:{service.port}/ws?site=tst"
        pieces = b"\x01\x81\0\0\0\x001" + b"\x00\x81\0\0\0\x001" * count + b"\x80\x80\0\0\0\0"
        with connected(url) as viewer:
            connection = viewer.sock
            assert connection is not None

            def exchange() -> None:
                connection.sendall(pieces)
                viewer.recv()

            return working(service, exchange)

    assert growth(chunks, [8000, 32_000], FLOOR) < LINEAR
    assert growth(fragments, [4000, 16_000], FLOOR) < LINEAR
