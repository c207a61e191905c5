"""What a producer is told when a commit fails: the outcome, or that it is unknown."""

from __future__ import annotations

import json
import platform
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa
import websocket

from tests.support.databases import Postgres
from tests.support.service import PROJECT, Service, running

MAY_BE = "may or may not be stored: with a uuid of your own, send it again"


class Wire:
    """The connection to Postgres, which can break at the worst moment: after an append has been sent.

    `at_append` is what happens then: `lose the answer` to a completed one, `lose the append`, `hold it` until
    `released`, or `freeze`: it is not executed, and from then on neither this client nor any other gets a
    response. Data that contains `frozen_at` freezes it as well.
    """

    def __init__(self, database: sa.URL):
        self.target = f"{database.query['host']}/.s.PGSQL.{database.port or 5432}"
        self.at_append = ""
        self.frozen_at = b"nothing"
        self.frozen = threading.Event()
        self.released = threading.Event()
        self.delivered = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()
        here = {"host": "127.0.0.1", "port": self._listening.getsockname()[1]}
        self.url = database.set(query={}, **here).render_as_string(hide_password=False)

    def close(self) -> None:
        for each in (self._listening, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self.target)
                self._open += (client, server)
                lost = threading.Event()
                for task in (self._ask, self._answer):
                    threading.Thread(target=task, args=(client, server, lost), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self.frozen_at in data:
                    self.frozen.set()
                if b"INSERT INTO messages" in data and self.at_append:
                    happens, self.at_append = self.at_append, ""
                    lost.set()
                    if happens == "freeze":
                        self.frozen.set()
                    if happens == "hold it":
                        self.released.wait()
                        with suppress(OSError):
                            server.sendall(data)
                        self.delivered.set()
                        break
                    if happens == "lose the append":
                        client.shutdown(socket.SHUT_RDWR)
                        break
                if not self.frozen.is_set():
                    server.sendall(data)
            server.shutdown(socket.SHUT_RDWR)

    def _answer(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if lost.is_set() or self.frozen.is_set():
                    break
                client.sendall(data)
            if not self.frozen.is_set():
                client.shutdown(socket.SHUT_RDWR)


@contextmanager
def behind_a_wire(postgres: Postgres, folder: Path) -> Iterator[tuple[Service, Wire]]:
    wire = Wire(sa.make_url(postgres.ready()))
    try:
        with running(wire.url, folder) as service:
            assert service.post(site="tst", log_message="before").json()["id"] == 1
            yield service, wire
    finally:
        wire.close()


def texts(service: Service) -> list[str]:
    return [found["message"] for found in service.recent(site="tst")]


def test_a_commit_whose_confirmation_is_lost_still_returns_its_id(postgres: Postgres, tmp_path: Path) -> None:
    with behind_a_wire(postgres, tmp_path) as (service, wire):
        wire.at_append = "lose the answer"
        response = service.post(site="tst", log_message="stored")
        assert (response.status_code, response.json()) == (200, {"id": 2, "warnings": []})
        assert service.post(site="tst", log_message="after").json()["id"] == 3
        assert texts(service) == ["before", "stored", "after"]


def test_a_commit_that_does_not_arrive_is_reported_as_not_stored(postgres: Postgres, tmp_path: Path) -> None:
    with behind_a_wire(postgres, tmp_path) as (service, wire):
        wire.at_append = "lose the append"
        response = service.post(site="tst", log_message="lost")
        assert response.status_code == 503
        assert response.json()["error"] == "the database does not answer: try again"
        assert service.post(site="tst", log_message="after").json()["id"] == 2
        assert texts(service) == ["before", "after"]


def test_an_append_that_arrives_after_it_was_given_up_is_not_executed(
    postgres: Postgres, tmp_path: Path
) -> None:
    with behind_a_wire(postgres, tmp_path) as (service, wire):
        wire.at_append = "hold it"
        response = requests.post(
            f"{service.url}/newlog", json={"site": "tst", "log_message": "late"}, timeout=12
        )
        assert response.json()["error"] == "the database does not answer: try again"
        wire.released.set()
        assert wire.delivered.wait(10)
        assert service.post(site="tst", log_message="after").json()["id"] == 2
        assert texts(service) == ["before", "after"]


def by_post(service: Service) -> str:
    body = json.dumps({"site": "tst", "log_message": "who knows"})
    response = requests.post(f"{service.url}/newlog", body, timeout=12)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    error: str = response.json()["error"]
    return error


def by_websocket(service: Service) -> str:
    connection = websocket.create_connection(f"ws://127.0.0.1:{service.port}/ws?site=tst", timeout=12)
    connection.send(json.dumps({"action": "newlog", "site": "tst", "log_message": "who knows"}))
    while "error" not in (response := json.loads(connection.recv())):
        pass  # for the previous message
    connection.close()
    error: str = response["error"]
    return error


@pytest.mark.parametrize("post", [by_post, by_websocket])
def test_an_unknown_outcome_is_reported_with_what_to_do(
    postgres: Postgres, tmp_path: Path, post: Any
) -> None:
    with behind_a_wire(postgres, tmp_path) as (service, wire):
        wire.at_append = "freeze"
        assert MAY_BE in post(service)


def test_a_connection_that_froze_is_one_line_in_the_log(postgres: Postgres, tmp_path: Path) -> None:
    with behind_a_wire(postgres, tmp_path) as (service, wire):
        wire.frozen_at = b"INSERT INTO messages"
        batch = json.dumps([{"site": "tst", "log_message": "frozen"}] * 2)
        assert requests.post(f"{service.url}/newlog", batch, timeout=12).status_code == 503
        lines = service.log.read_text().splitlines()
        assert len([line for line in lines if "could not be stored" in line]) == 1
        assert not any(word in line for line in lines for word in ("Traceback", "psycopg", "sqlalchemy"))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="it knows the system calls of x86-64 only")
def test_on_sqlite_a_commit_that_cannot_be_synced_may_reappear_after_a_crash(tmp_path: Path) -> None:
    """All of it is in the log, though it may not be on disk."""
    program = [sys.executable, "-m", "tests.support.failing_sync", f"sqlite:///{tmp_path}/x.db"]
    done = subprocess.run(program, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=True)
    assert MAY_BE in done.stdout
    with closing(sqlite3.connect(tmp_path / "x.db")) as after:
        assert after.execute("SELECT message FROM messages").fetchall() == [("one",), ("two",)]
