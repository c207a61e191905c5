"""However viewers go, their seats are free for others."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from tests.support.service import Service, running, wait_until

SEATS = 3
UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
KINDS = {
    "events": ("/events?site=tst", ""),
    "ws": ("/ws?site=tst", UPGRADE),
    "datastream": ("/datastream?site=tst", UPGRADE),
    "socket.io": ("/socket.io/?EIO=4&transport=websocket", UPGRADE),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("seats")
    with running(f"sqlite:///{folder}/log.db", folder, VIEWERS_PER_ADDRESS=str(SEATS)) as found:
        yield found


def connect(service: Service, kind: str) -> tuple[int, socket.socket]:
    """Connect a viewer; returns the status and its connection."""
    path, headers = KINDS[kind]
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=10)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode())
    return int(connection.recv(65536).split()[1]), connection


def leave(connection: socket.socket) -> None:
    connection.close()


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def stop_sending(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    connection.close()


def send_nonsense(connection: socket.socket) -> None:
    connection.sendall(b"\xff" * 100)
    connection.close()


DROPS: list[Callable[[socket.socket], None]] = [leave, reset, stop_sending, send_nonsense]


@pytest.mark.parametrize("drop", DROPS)
@pytest.mark.parametrize("kind", KINDS)
def test_however_viewers_go_others_can_come(
    kind: str, drop: Callable[[socket.socket], None], service: Service
) -> None:
    def all_come() -> bool:
        found = [connect(service, kind) for _ in range(SEATS)]
        came = [status for status, _ in found if status < 300]
        for status, connection in found:
            (drop if status < 300 else leave)(connection)
        return len(came) == SEATS

    for _ in range(10):
        wait_until(all_come, f"{SEATS} viewers find a seat after others {drop.__name__}")
