"""What one viewer can take from others: its share of CPU time, and a bounded part of the memory."""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
import socketio

from tests.support.frames import CONTINUATION, KEY, PING, SOCKETIO, TEXT, frame, opened, rest
from tests.support.inspection import holds, memory, written
from tests.support.polling import is_open, polling
from tests.support.raw_http import POLLING
from tests.support.service import PROJECT, Service, needs, running, wait_until
from tests.support.viewers import watching

MANY = [f"{number:04}".rjust(64, "s") for number in range(1000)]  # the longest possible list
UNSUBSCRIBE = b'420["unsubscribe",{"site":"none"}]'
LAST = b"the last message"
VIEWER = f"{SOCKETIO}&site=tst"
FLOODS = {
    "actions": ("/ws?site=tst", frame(b'{"action":"caughtup"}')),
    "nonsense": ("/ws?site=tst", frame(b"x")),
    "pings": ("/ws?site=tst", frame(b"", PING)),
    "empty fragments": ("/ws?site=tst", frame(b"", CONTINUATION, fin=False)),
    "pings of the WebSocket": (VIEWER, frame(b"", PING)),
    "pongs": (VIEWER, frame(b"3")),
    "unknown events": (VIEWER, frame(b'42["x"]')),
    "empty fragments to Socket.IO": (VIEWER, frame(b"", CONTINUATION, fin=False)),
}
FEW_PENDING = """
import sys
from userstatus import eventloop
eventloop.patch()
from userstatus.live import pending
pending.MAX_PENDING, pending.PENDING_S = 20, float(sys.argv[1])
from userstatus.server import main
sys.exit(main())
"""


class Flood:
    """What the flooding viewer has seen: the last message, and the end of its connection."""

    def __init__(self) -> None:
        self.served = threading.Event()
        self.over = threading.Event()

    def read(self, connection: socket.socket) -> None:
        before = b""
        with suppress(OSError):
            while part := connection.recv(1 << 20):
                if LAST in before + part:
                    self.served.set()
                before = part[-len(LAST) :]
        self.over.set()


@contextmanager
def flooded(connection: socket.socket, data: bytes) -> Iterator[Flood]:
    """Send data repeatedly while the block runs, and read the responses.

    Then the connection is reset, as megabytes would still be in transit.
    """
    flood = Flood()
    over = flood.over

    def send() -> None:
        with suppress(OSError):
            while not over.is_set():
                connection.sendall(data)
        over.set()

    threads = [threading.Thread(target=send), threading.Thread(target=flood.read, args=(connection,))]
    for thread in threads:
        thread.start()
    try:
        yield flood
    finally:
        over.set()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RD)
        connection.close()
        for thread in threads:
            thread.join()


@pytest.mark.parametrize("flood", FLOODS)
def test_posts_and_their_viewer_are_served_while_it_sends_without_pause(tmp_path: Path, flood: str) -> None:
    path, data = FLOODS[flood]
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service, opened(service, path) as connection:
        connection.sendall(frame(b"40") if path == VIEWER else b"")
        connection.sendall(frame(b"", TEXT, fin=False) if "fragments" in flood else b"")
        with flooded(connection, data * (32_000 // len(data))) as seen:
            for text in (*"123456789", LAST.decode()):
                assert service.post(site="tst", log_message=text).status_code == 200
            wait_until(lambda: seen.served.is_set() or seen.over.is_set(), "it gets the last", seconds=30)
            # A viewer that gets responses faster than it reads them is disconnected, as it should be.
            assert seen.served.is_set() or "does not read" in service.log.read_text()


@pytest.mark.parametrize("flood", ["pings", "pongs"])
def test_a_viewer_that_sends_without_pause_does_not_keep_the_service_from_stopping(
    tmp_path: Path, flood: str
) -> None:
    path, data = FLOODS[flood]
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service, opened(service, path) as connection:
        with flooded(connection, data * (32_000 // len(data))):
            assert service.post(site="tst", log_message="x").status_code == 200
            assert service.stop() == 0
        assert "Traceback" not in service.log.read_text()


def crowd(connection: socket.socket, sites: list[str]) -> None:
    """Connect a Socket.IO viewer that watches these sites, in batches that fit into a packet."""
    connection.sendall(frame(b"40"))
    for start in range(0, len(sites), 500):
        packet = json.dumps(["subscribe", {"site": sites[start : start + 500]}])
        connection.sendall(frame(f"42{packet}".encode()))


def test_acknowledgements_that_a_viewer_does_not_read_count_until_it_is_disconnected(
    service: Service,
) -> None:
    with opened(service, SOCKETIO) as connection:
        crowd(connection, MANY)
        before = memory(service)
        with suppress(ConnectionError, TimeoutError):
            for _ in range(200):  # 20,000 responses of 67 KB each
                connection.sendall(frame(UNSUBSCRIBE) * 100)
                assert memory(service) < before + 64_000_000
        wait_until(lambda: not holds(service, connection), "it is disconnected", seconds=10)
        assert memory(service) < before + 64_000_000


def test_acknowledgements_that_a_polling_viewer_does_not_fetch_count_too(service: Service) -> None:
    subscribe = ["42" + json.dumps(["subscribe", {"site": MANY[start : start + 500]}]) for start in (0, 500)]
    with requests.Session() as session:
        url = polling(service, "40", *subscribe)
        before = memory(service)
        statuses: list[int] = []
        while len(statuses) < 100 and statuses[-1:] != [400]:
            packets = "\x1e".join([UNSUBSCRIBE.decode()] * 16)
            statuses.append(session.post(url, packets, timeout=10).status_code)
        assert statuses[-1] == 400, "the session has ended"
        assert memory(service) < before + 16_000_000


def test_a_viewer_that_polls_may_send_more_packets_at_a_time_than_it_gets(service: Service) -> None:
    url = polling(service, "40")
    asked = [f'42{number}["subscribe",{{"site":"s{number}"}}]' for number in range(40)]
    assert requests.post(url, "\x1e".join(asked), timeout=10).text == "OK"
    told = ""
    while '"s39"' not in told:
        told = requests.get(url, timeout=10).text
    assert '"s0"' in told, "the last answer lists all"


def test_unread_responses_on_a_websocket_count_until_it_is_disconnected(service: Service) -> None:
    action = json.dumps({"action": "updatesubscribersite", "site": MANY, "after_id": None}).encode()
    before = memory(service)
    with opened(service, "/ws?site=tst") as connection, suppress(ConnectionError, TimeoutError):
        for _ in range(300):
            connection.sendall(frame(action))
    assert memory(service) < before + 32_000_000


@pytest.mark.parametrize("path", [SOCKETIO, "/ws?site=tst"])
@pytest.mark.parametrize("opcode", [TEXT, 2])
def test_a_message_in_fragments_is_as_limited_as_one_in_a_single_frame(
    service: Service, path: str, opcode: int
) -> None:
    with opened(service, path) as connection:
        connection.sendall(frame(b"x", opcode, fin=False))
        with suppress(ConnectionError):
            for _ in range(300):
                connection.sendall(frame(b"x" * 1000, CONTINUATION, fin=False))
        assert b"\x03\xf1send at most" in rest(connection), "close code 1009"


def test_a_viewer_that_announces_attachments_is_disconnected_before_it_sends_any(service: Service) -> None:
    with opened(service, SOCKETIO) as connection:
        connection.sendall(frame(b"40"))
        connection.sendall(frame(b'45999999999-["x",{"_placeholder":true,"num":0}]'))
        assert b"40{" in rest(connection)


@pytest.mark.parametrize("packet", ["440[]", "46", '40/x,{"a":1}', "5", '4399["x"]', "41", "40", "431[]"])
def test_packets_without_effect_cost_a_bounded_amount(service: Service, packet: str) -> None:
    before, said = memory(service), len(service.log.read_text())
    with opened(service, SOCKETIO) as connection, suppress(ConnectionError, TimeoutError):
        connection.sendall(frame(b"40"))
        for _ in range(20):
            connection.sendall((frame(packet.encode()) + frame(b'42["x"]')) * 500)
    assert service.post(site="tst", log_message="x").status_code == 200
    assert memory(service) < before + 16_000_000
    assert len(service.log.read_text()) < said + 10_000


def test_a_connection_on_which_no_viewer_connects_is_forgotten(tmp_path: Path) -> None:
    command = (sys.executable, "-c", FEW_PENDING, "1.5")
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, *command) as service,
        opened(service, SOCKETIO) as idle,
    ):
        pending, viewer = polling(service), polling(service, "40")
        assert requests.get(viewer, timeout=10).text.startswith("40{")
        assert rest(idle).startswith(b"\x81")
        wait_until(lambda: not is_open(pending), "it is forgotten")
        assert is_open(viewer)


@pytest.mark.parametrize("path", ["/ws?site=tst", SOCKETIO])
def test_what_is_rejected_of_a_viewer_does_not_fill_the_log(service: Service, path: str) -> None:
    said = len(service.log.read_text())
    with opened(service, path) as connection:
        connection.sendall(frame(b'42["x"]') * 5000)
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        rest(connection)
    assert len(service.log.read_text()) < said + 10_000


def test_of_too_many_connections_without_a_viewer_the_oldest_is_dropped(tmp_path: Path) -> None:
    command = (sys.executable, "-c", FEW_PENDING, "600")
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, *command) as service:
        viewer, *pending = polling(service, "40"), *(polling(service) for _ in range(22))
        assert [is_open(url) for url in (viewer, *pending)] == [True, False, False, *[True] * 20]


@pytest.mark.parametrize("namespace", ["/observatory", "/\n\r" + "x" * 1000])
def test_a_connection_to_an_unknown_namespace_is_rejected_with_a_reason(
    service: Service, namespace: str
) -> None:
    reasons: list[dict[str, str]] = []
    client = socketio.Client()
    client.on("connect_error", reasons.append, namespace=namespace)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(service.url, namespaces=[namespace])
    assert re.fullmatch(r"cannot connect to '/.{1,90}': there is no .*, and to /", reasons[0]["message"])


def test_socketios_own_client_is_told_that_a_namespace_is_unknown(service: Service) -> None:
    needs("node")
    script = """
        import { io } from "socket.io-client";
        io(process.argv[1] + "/nowhere").on("connect_error", (error) => {
          console.log(error.message);
          process.exit();
        });
    """
    said = subprocess.run(
        ["node", "--input-type=module", "-e", script, service.url],
        cwd=PROJECT / "tests" / "clients",
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    assert said.stdout.startswith("cannot connect to '/nowhere': there is no such namespace")


def asked_by(origin: str, service: Service) -> list[tuple[int, str | None, bool]]:
    """The responses to a page's polling and its preflight: status, allowed origin, credentials."""
    responses = [
        requests.request(method, f"{service.url}{POLLING}", headers={"Origin": origin}, timeout=10)
        for method in ("GET", "OPTIONS")
    ]
    allow = "Access-Control-Allow"
    return [
        (each.status_code, each.headers.get(f"{allow}-Origin"), f"{allow}-Credentials" in each.headers)
        for each in responses
    ]


@pytest.mark.parametrize("said", [b"x", b"4\xff", b"2\x1ex"])
def test_an_invalid_packet_of_a_polling_viewer_is_a_bad_request(service: Service, said: bytes) -> None:
    response = requests.get(f"{service.url}/socket.io/?EIO=4&transport=polling", timeout=10)
    sid = json.loads(response.text[1:])["sid"]
    posted = requests.post(f"{service.url}/socket.io/?EIO=4&transport=polling&sid={sid}", said, timeout=10)
    assert posted.status_code == 400


def test_any_page_may_poll_but_not_with_the_credentials_of_its_visitor(service: Service) -> None:
    page = "https://page.example"
    assert asked_by(page, service) == [(200, page, False)] * 2


def test_only_a_page_that_is_named_may_poll_with_the_cookie_of_a_load_balancer(
    tmp_path: Path,
) -> None:
    page = "https://page.example"
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, CORS_ORIGINS=page) as service:
        assert asked_by(page, service) == [(200, page, True)] * 2
        with watching(service.url, "?site=tst", transports=["polling"]) as (program,):
            service.post(site="tst", log_message="for a program, which names no origin")
            program.wait_for(1)
        assert asked_by("https://evil.example", service) == [(400, None, False)] * 2


@pytest.mark.parametrize(
    ("target", "version"),
    [
        ("/socket.io/%0aFORGED?EIO=4&transport=websocket", ""),
        ("/socket.io/%0aFORGED?EIO=4&transport=websocket", "Sec-WebSocket-Version: 13\r\n"),
        ("/socket.io/?EIO=4&transport=polling&sid=%0aFORGED%e2%80%a8", ""),
    ],
)
def test_no_client_can_forge_a_log_line(service: Service, target: str, version: str) -> None:
    with socket.create_connection(("127.0.0.1", service.port), 10) as connection:
        connection.sendall(
            f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"{version}Sec-WebSocket-Key: {KEY.decode()}\r\n\r\n".encode()
        )
        with suppress(ConnectionError):
            connection.sendall(frame(b""))  # an empty packet ends an accepted connection
            connection.shutdown(socket.SHUT_WR)
        assert rest(connection)
    assert not [line for line in written(service, 0).splitlines() if line.startswith("FORGED")]


@pytest.mark.parametrize("upgrade", [False, True])
def test_an_invalid_socketio_handshake_is_rejected_with_a_reason(service: Service, upgrade: bool) -> None:
    session = polling(service)
    url = session.replace("polling", "websocket") if upgrade else f"{service.url}{SOCKETIO}"
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "8"}
    response = requests.get(url, headers=headers, timeout=10)
    assert response.status_code == 426
    assert response.headers["Sec-WebSocket-Version"] == "13"
    assert "Sec-WebSocket-Version is not 13" in response.json()["error"]
    assert requests.post(session, "40", timeout=10).status_code == 200, "the session by polling goes on"
