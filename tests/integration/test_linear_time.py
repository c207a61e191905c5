"""Any input costs the service time proportional to its length, as all other clients wait meanwhile."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import websocket

from tests.support.growth import LINEAR, growth, text
from tests.support.raw_http import POLLING
from tests.support.service import Service


def busy(service: Service) -> float:
    """The seconds of CPU time that the process's event loop has used so far."""
    assert service.process is not None
    return int(Path(f"/proc/{service.process.pid}/schedstat").read_text().split()[0]) / 1e9


def working(service: Service, exchange: Callable[[], object]) -> float:
    """The seconds of CPU time that the event loop uses for the exchange."""
    began = busy(service)
    exchange()
    time.sleep(0.002)  # the kernel accounts for CPU time once a process is idle
    return busy(service) - began


def wait_for_response(service: Service, request: str) -> None:
    """Send a request on a new connection, and wait until its response begins."""
    with socket.create_connection(("127.0.0.1", service.port), 60) as connection:
        connection.sendall(request.encode("latin-1"))
        with suppress(ConnectionError):
            connection.recv(65536)


FLOOR = 0.02  # seconds of CPU time, for the real service
UNMASKING = 0.1  # unmasking a frame of 60,000 bytes alone takes about 0.02 s
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
    """A header split into as many lines as needed, as a line is limited to 8 KiB."""
    parts = [value[start : start + 7900] for start in range(0, len(value), 7900)]
    return "".join(f"{name}: {part}\r\n" for part in (BEFORE.get(name, "") + parts[0], *parts[1:]))


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_costs_time_in_proportion_to_its_length(service: Service, name: str) -> None:
    def cost(label: str) -> Callable[[int], float]:
        def measured(length: int) -> float:
            upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n" if name.startswith("Sec-") else ""
            head = f"GET {HEADERS[name]} HTTP/1.1\r\n{upgrade}{lines(name, text(label, length))}\r\n"
            return working(service, lambda: wait_for_response(service, head))

        return measured

    # A repeated header becomes one value, joined with commas; these must not be repeated.
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
            return working(service, lambda: wait_for_response(service, request))

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
    """Send the packet, and wait until it has been handled: a pong arrives, or the connection ends."""
    with suppress(OSError, websocket.WebSocketException):
        viewer.send(packet)
        viewer.ping()
        while viewer.recv_data(control_frame=True)[0] not in (
            websocket.ABNF.OPCODE_PONG,
            websocket.ABNF.OPCODE_CLOSE,
        ):
            pass


def test_input_in_many_pieces_costs_time_in_proportion_to_their_number(service: Service) -> None:
    def chunks(count: int) -> float:
        body = "1\r\n1\r\n" * count + "0\r\n\r\n"
        request = f"POST /newlog HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        return working(service, lambda: wait_for_response(service, request))

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
