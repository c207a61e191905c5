"""With LOG_FORMAT=json, whatever the service writes is one JSON object a line."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.integration.test_log_lines import BREAKING
from tests.support.raw_http import LAST, POLLING, UPGRADE, exchange
from tests.support.service import Service, running, wait_until
from tests.support.streams import connected

FORGED = '{"level":"info","message":"forged"}'
QUOTED = "%0a%7B%22message%22:%22forged%22%7D%0a"


def lines(service: Service) -> list[dict[str, Any]]:
    """All that the service has written; every line must be a JSON object with the fields of each."""
    written = service.log.read_bytes()
    assert written.endswith(b"\n")
    found = [json.loads(line) for line in written[:-1].split(b"\n")]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in found)
    return found


@pytest.mark.parametrize("level", ["info", "debug"])
def test_every_line_is_an_object_whatever_happens(tmp_path: Path, level: str) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, LOG_FORMAT="json", LOG_LEVEL=level) as service:
        for said in BREAKING:
            with socket.create_connection(("127.0.0.1", service.port), 5) as connection:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset
                connection.sendall(said)
        for forged in (
            f"GET /socket.io/{QUOTED}?EIO=4&transport=websocket HTTP/1.1\r\n{UPGRADE}",
            f"GET {POLLING}&sid={QUOTED} HTTP/1.1",
            f"POST /newlog/{QUOTED}%ed%a0%80%ff HTTP/1.1",
            f"POST /newlog HTTP/1.1\r\nX-Forwarded-For: \x0b{FORGED}\x85",
            f"\x0b{FORGED}",
        ):
            exchange(service, f"{forged}\r\n\r\n".encode("latin-1") + LAST)
        with connected(service, "/ws?site=a") as client:
            client.send(f"nonsense\n{FORGED}\ud800".encode("utf-8", "replace"))
            client.recv()
        service.post(site="a", log_message="x", log_level=f"\ud800\n{FORGED}")
        reply = service.post(site="")
        service.post(site=f"\ud800\n{FORGED}", log_message="x")
        for file in tmp_path.glob("x.db*"):
            file.rename(tmp_path / f"gone-{file.name}")
        assert service.post(site="a", log_message="x").status_code == 503
        wait_until(lambda: any(line["level"] == "error" for line in lines(service)), "it notices")
        assert service.stop() == 0
        found = lines(service)
    (rejected,) = [line for line in found if line.get("request_id") == reply.headers["X-Request-ID"]]
    known = {"method": "POST", "path": "/newlog", "status": 400, "client": "127.0.0.1"}
    assert known.items() <= rejected.items()
    assert 0 < rejected["duration"] < 60
    assert len(found) > 10
    assert not [line for line in found if line["message"] == "forged"]
    assert found[-1]["message"] == "stopped"
    assert any(f"listens at http://localhost:{service.port}" in line["message"] for line in found)


def test_what_keeps_the_service_from_starting_is_an_object_as_well(tmp_path: Path) -> None:
    service = Service(f"sqlite:///{tmp_path}/x.db", tmp_path, LOG_FORMAT="json", MESSAGE_TTL="long")
    process = service.start(wait=False).process
    assert process is not None
    assert process.wait(60) == 1
    (line,) = lines(service)
    assert line["level"] == "critical"
    assert "MESSAGE_TTL is 'long'" in line["message"]
