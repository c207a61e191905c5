"""Outages: acknowledged messages are kept, every client is told, and the service recovers by itself."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sqlite3
import time
from pathlib import Path

import psutil
import psycopg
import requests
from psycopg import sql

from tests.support.databases import Postgres
from tests.support.inspection import holds
from tests.support.service import Service, running, wait_until
from tests.support.viewers import watching

BOUND = 12  # seconds within which a POST gets a response, whatever happens


def post(service: Service, text: str) -> requests.Response:
    body = json.dumps({"site": "tst", "log_message": text})
    return requests.post(f"{service.url}/newlog", body, timeout=BOUND)


def rejected(service: Service, text: str = "bad day") -> None:
    """Check that a message that cannot be stored gets the right response."""
    response = post(service, text)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json()["error"] == "the database does not answer: try again"


def test_postgres_stops_and_comes_back(own_postgres: Postgres, tmp_path: Path) -> None:
    with running(own_postgres.ready(), tmp_path) as service, watching(service.url, "?site=tst") as (viewer,):
        service.post(site="tst", log_message="before")
        viewer.wait_for(1)
        own_postgres.stop()
        rejected(service)
        assert requests.get(f"{service.url}/healthz", timeout=BOUND).status_code == 503
        assert requests.get(f"{service.url}/recent-logs?site=tst", timeout=BOUND).status_code == 503
        assert viewer.client.connected
        own_postgres.start()
        wait_until(lambda: service.post(site="tst", log_message="after").status_code == 200, "it goes on")
        viewer.wait_for(2)
        assert viewer.texts() == ["before", "after"]
        assert "Traceback" not in service.log.read_text()


def test_postgres_freezes_and_thaws(own_postgres: Postgres, tmp_path: Path) -> None:
    """Connections stay open but get no response: the worst way for a database to fail."""
    server = psutil.Process(own_postgres.server.get_pid())
    with running(own_postgres.ready(), tmp_path) as service, watching(service.url, "?site=tst") as (viewer,):
        service.post(site="tst", log_message="before")
        viewer.wait_for(1)
        frozen = [server, *server.children(recursive=True)]
        for process in frozen:
            process.suspend()
        try:
            assert (
                post(service, "bad day").status_code == 503
            )  # it may have been sent before the freeze was noticed
            rejected(service)
            assert viewer.client.connected
        finally:
            for process in frozen:
                process.resume()
        wait_until(lambda: post(service, "after").ok, "it goes on")
        viewer.wait_for(2)
        assert viewer.texts() == ["before", "after"], "what was rejected is not stored after all"


def test_another_process_writes_to_the_sqlite_file_for_long(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service,
        watching(service.url, "?site=tst") as (viewer,),
    ):
        other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        rejected(service)
        assert service.recent(site="tst") == [], "it can still be read, meanwhile"
        assert not service.answers(), "but whoever asks for its health is told"
        other.execute("ROLLBACK")
        other.close()
        wait_until(service.answers, "it is well again by itself")
        assert service.post(site="tst", log_message="after").status_code == 200
        viewer.wait_for(1)
        assert viewer.texts() == ["after"]


def test_the_disk_is_full(tmp_path: Path) -> None:
    """The kernel does not let any file of the process grow."""
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, PYTHONUNBUFFERED="1") as service,
        watching(service.url, "?site=tst") as (viewer,),
    ):
        assert service.process is not None
        before = service.post(site="tst", log_message="x" * 9_000).json()["id"]
        soft, hard = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (200_000, hard))
        acknowledged = [before]
        while (response := service.post(site="tst", log_message="x" * 9_000)).status_code == 200:
            acknowledged.append(response.json()["id"])
            assert len(acknowledged) < 1000
        rejected(service, "x" * 9_000)
        assert [found["id"] for found in service.recent(site="tst")] == acknowledged
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (soft, hard))
        acknowledged.append(service.post(site="tst", log_message="there is room again").json()["id"])
        assert [found["id"] for found in service.recent(site="tst")] == acknowledged
        viewer.wait_for(len(acknowledged))
        assert viewer.ids() == acknowledged


def stalled_viewer(service: Service, site: str) -> socket.socket:
    """A viewer that connects and then reads nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", service.port))
    connection.sendall(
        b"GET /socket.io/?EIO=4&transport=websocket&site=%b HTTP/1.1\r\n"
        b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n" % site.encode()
    )
    read_until(connection, b'"sid"')
    connection.sendall(b"\x81\x82\0\0\0\x0040")
    read_until(connection, b"40{")
    return connection


def read_until(connection: socket.socket, mark: bytes) -> None:
    got = b""
    while mark not in got:
        part = connection.recv(1000)
        assert part, f"the connection ends before {mark!r}"
        got += part


def test_a_viewer_that_does_not_read_is_disconnected_at_its_limit_and_others_notice_nothing(
    tmp_path: Path,
) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, VIEWER_BUFFER="256k") as service,
        watching(service.url, *["?site=tst"] * 5, transports=["websocket"]) as healthy,
    ):
        assert service.process is not None
        memory = psutil.Process(service.process.pid).memory_info
        ids = post_all(service, "warm up")
        with stalled_viewer(service, "tst") as stalled:
            before = memory().rss
            while holds(service, stalled):
                ids += post_all(service, "x" * 9_000)
                for viewer in healthy:
                    viewer.wait_for(len(ids))
                assert len(ids) < 400, "it is disconnected long before"
            assert memory().rss - before < 16 * 1024**2
            assert all(viewer.ids() == ids for viewer in healthy)
            wait_until(lambda: ended(stalled), "its connection is closed")
        with watching(service.url, "", auth={"site": "tst", "after_id": ids[0]}) as (back,):
            back.wait_for(len(ids) - 1)
            assert back.ids() == ids[1:], "it can resume"


def ended(connection: socket.socket) -> bool:
    try:
        return not connection.recv(65536)
    except ConnectionError:
        return True


def post_all(service: Service, text: str) -> list[int]:
    """Post twenty messages at once."""
    body = json.dumps([{"site": "tst", "log_message": text}] * 20)
    ids: list[int] = requests.post(f"{service.url}/newlog", body, timeout=10).json()["ids"]
    return ids


def test_a_stop_finishes_requests_in_flight_within_ten_seconds(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        assert service.process is not None
        body = b'{"site": "tst", "log_message": "in flight"}'
        with (
            watching(service.url, "?site=tst", transports=["polling"]) as (polling,),
            socket.create_connection(("127.0.0.1", service.port), 10) as client,
            socket.create_connection(("127.0.0.1", service.port), 10) as silent,
        ):
            for connection, size in ((silent, 99), (client, len(body))):
                connection.sendall(
                    b"POST /newlog HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
                    % size
                )
                assert connection.recv(1000).startswith(b"HTTP/1.1 100 "), "the request is being read"
            started = time.monotonic()
            os.kill(service.process.pid, signal.SIGTERM)
            wait_until(lambda: not polling.client.connected or not accepts(service), "it has begun to stop")
            client.sendall(body)
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
            assert service.process.wait(15) == 0
            assert time.monotonic() - started < 10
        service.start()
        assert [found["message"] for found in service.recent(site="tst")] == ["in flight"]


def accepts(service: Service) -> bool:
    try:
        socket.create_connection(("127.0.0.1", service.port), 1).close()
    except OSError:
        return False
    return True


def test_delivery_resumes_after_the_table_was_missing(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.ready()
    with (
        running(url, tmp_path) as service,
        watching(service.url, "?site=tst") as (viewer,),
        psycopg.connect(url, autocommit=True) as admin,
    ):
        admin.execute("ALTER TABLE messages RENAME TO away")
        wait_until(lambda: "cannot read the log" in service.log.read_text(), "the follower has noticed")
        assert service.post(site="tst", log_message="meanwhile").status_code == 503
        admin.execute("ALTER TABLE away RENAME TO messages")
        assert service.post(site="tst", log_message="after").status_code == 200
        viewer.wait_for(1)
        assert viewer.texts() == ["after"]


def test_a_temporarily_read_only_database_is_a_503_until_it_is_writable(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.ready()
    with (
        running(url, tmp_path) as service,
        watching(service.url, "?site=tst") as (viewer,),
        psycopg.connect(url, autocommit=True) as admin,
    ):
        read_only(admin, sql.SQL("SET default_transaction_read_only = on"))
        response = service.post(site="tst", log_message="meanwhile")
        assert (response.status_code, int(response.headers["Retry-After"]) > 0) == (503, True)
        read_only(admin, sql.SQL("RESET default_transaction_read_only"))
        wait_until(lambda: service.post(site="tst", log_message="after").status_code == 200, "it goes on")
        viewer.wait_for(1)
        assert viewer.texts() == ["after"]


def read_only(admin: psycopg.Connection, change: sql.SQL) -> None:
    """Change a setting of the database, and end all other connections, as it applies to new ones only."""
    admin.execute(sql.SQL("ALTER DATABASE {} {}").format(sql.Identifier(admin.info.dbname), change))
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
