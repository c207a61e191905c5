"""The log belongs to the service: no client can write into it, and no accident can flood it."""

from __future__ import annotations

import re
import resource
import socket
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import inspection
from tests.support.raw_http import HEALTHZ, LAST, POLLING, UPGRADE, exchange, opening, posting
from tests.support.service import Service, running, wait_until
from userstatus.web import listener

LOG_LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ \S+: "
    r"|userstatus [0-9.]+ listens|Messages are in|Post a mess|  +\S"
)


FAKE = "2026-01-01 00:00:00,000 INFO userstatus.server: stopped"
QUOTED = FAKE.replace(" ", "%20")


BREAKING = [
    b"G",
    HEALTHZ * 200,
    posting(b"Content-Length: 99"),
    posting(b"Transfer-Encoding: chunked", body=b"5\r\n"),
    posting(b"Transfer-Encoding: chunked", body=b"3\r\nabcde").replace(b"newlog", b"nowhere"),
    b"GET /events?site=tst HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /recent-logs?site=none&wait=9 HTTP/1.1\r\nHost: x\r\n\r\n",
    opening("/ws?site=tst"),
    opening("/ws?site=tst") + b"\x81\xff",
    opening("/socket.io/?EIO=4&transport=websocket&site=tst"),
    opening("/socket.io/?EIO=4&transport=websocket&site=tst") + b"\x81\x82\0\0\0\x0040\x81\xff",
]


@pytest.mark.parametrize(
    "said",
    [
        f"GET /socket.io/%0a{QUOTED} HTTP/1.1\r\n{UPGRADE}",
        f"GET /socket.io/%0a{QUOTED}?EIO=4&transport=websocket HTTP/1.1\r\n{UPGRADE}",
        f"GET /socket.io/%0a{QUOTED}?EIO=4 HTTP/1.1\r\n{UPGRADE}\r\nSec-WebSocket-Version: 13",
        f"GET {POLLING}&sid=%0a{QUOTED} HTTP/1.1",
        f"GET {POLLING}&sid=%e2%80%a8{QUOTED} HTTP/1.1",
        f"POST {POLLING}&sid=%0d{QUOTED} HTTP/1.1",
        f"POST /newlog/%1b[2J%0a{QUOTED} HTTP/1.1",
        f"GET /recent-logs/%c2%85{QUOTED}?site=%0a{QUOTED} HTTP/1.1",
        f"POST /newlog HTTP/1.1\r\nX-Forwarded-For: \x0b{FAKE}\x85",
        f"GET / HTTP/1.1\r\n\x0b{FAKE}",
        f"\x0b{FAKE}",
    ],
)
def test_no_client_can_forge_log_lines(service: Service, said: str) -> None:
    before = inspection.said(service)
    exchange(service, f"{said}\r\n\r\n".encode("latin-1") + LAST)
    log = inspection.written(service, before)
    assert all(LOG_LINE.match(line) for line in log.split("\n")[:-1]), log
    assert not any(line.startswith(FAKE) for line in log.splitlines())
    assert log.replace("\n", "").isprintable(), log


def test_broken_connections_write_nothing_but_log_lines(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        for pause in (0, 0.05):  # before and after the service has begun to respond
            for said in BREAKING:
                with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset
                    connection.sendall(said)
                    time.sleep(pause)
                service.post(site="tst", log_message="to those who have gone, too")
        assert service.stop() == 0
        written = service.log.read_text()
        assert "Traceback" not in written, written
        assert all(LOG_LINE.match(line) for line in written.splitlines()), written


def test_running_out_of_descriptors_is_logged_once(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        _, hard = resource.prlimit(service.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(service.pid, resource.RLIMIT_NOFILE, (40, hard))
        with ExitStack() as connections:
            for _ in range(60):
                connections.enter_context(socket.create_connection(("127.0.0.1", service.port), 10))
            wait_until(lambda: "no more connections" in service.log.read_text(), "none is left")
            time.sleep(5 * listener.ACCEPT_AGAIN_S)  # it keeps trying
        assert service.answers()
        assert service.log.read_text().count("no more connections") == 1
