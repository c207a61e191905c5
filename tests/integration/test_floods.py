"""Floods: a client that sends without pause slows down neither other clients nor a stop."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.databases import Postgres
from tests.support.service import Service, running

HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
REJECTED = b"POST /newlog HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\n{"
LAST = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"POST /newlog HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
FLOODS = {
    "requests": HEALTHZ * 4000 + LAST,
    "rejected messages": REJECTED * 2000 + LAST,
    "a body in chunks of one byte": CHUNKED + b"1\r\n \r\n" * 200_000 + b"0\r\n\r\n",
}


class Flood(threading.Thread):
    """A connection that sends data as fast as it is accepted, and reads all responses.

    `ended` is set once the service has ended the connection.
    """

    def __init__(self, service: Service, said: bytes, times: int = 1):
        super().__init__(daemon=True)
        self.connection = socket.create_connection(("127.0.0.1", service.port), 30)
        self.said = said
        self.times = times
        self.ended = threading.Event()
        self.begun = threading.Event()
        self._reading = threading.Thread(target=self._read, daemon=True)

    def run(self) -> None:
        self._reading.start()
        with suppress(OSError):
            for _ in range(self.times):
                self.connection.sendall(self.said)

    def _read(self) -> None:
        with suppress(OSError):
            while self.connection.recv(65536):
                self.begun.set()
        self.ended.set()

    def stop(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.join()
        self._reading.join()
        self.connection.close()


@contextmanager
def flood(service: Service, said: bytes, times: int = 1) -> Iterator[Flood]:
    found = Flood(service, said, times)
    found.start()
    try:
        yield found
    finally:
        found.stop()


class Telescope:
    """A keep-alive connection that posts."""

    def __init__(self, service: Service):
        self.connection = socket.create_connection(("127.0.0.1", service.port), 30)
        self.sent: list[str] = []
        self.answered: list[str] = []

    def send(self, text: str) -> None:
        body = json.dumps({"site": "tst", "log_message": text}).encode()
        self.sent.append(text)
        self.connection.sendall(
            b"POST /newlog HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
        )

    def take(self) -> bool:
        """Read one response; returns whether there was one."""
        response = self.connection.recv(4096)
        if response:
            assert response.startswith(b"HTTP/1.1 200 ")
            self.answered.append(self.sent[-1])
        return bool(response)

    def close(self) -> None:
        self.connection.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("floods")
    with running(f"sqlite:///{folder}/x.db", folder, LOG_LEVEL="error") as found:
        yield found


@pytest.mark.parametrize("kind", FLOODS)
def test_posts_are_served_during_another_clients_flood(service: Service, kind: str) -> None:
    with closing(Telescope(service)) as telescope, flood(service, FLOODS[kind]) as whole:
        while not whole.ended.is_set():
            telescope.send(kind)
            assert telescope.take()
    assert len(telescope.answered) >= 20, "it would be one or two if the flood went first"


def test_a_flood_does_not_delay_a_stop(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, LOG_LEVEL="error") as service,
        flood(service, HEALTHZ * 1000, times=1000) as endless,
    ):
        assert endless.begun.wait(10)
        assert service.stop(seconds=8) == 0
        assert endless.ended.wait(10), "it was the service that ended it"


def test_a_stop_stores_nothing_without_responding(tmp_path: Path) -> None:
    """The kernel still delivers data that arrived on a connection before it was shut down for being idle."""
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, LOG_LEVEL="error") as service:
        telescopes = post_into_a_stop(service)
        answered = {text for telescope in telescopes for text in telescope.answered}
        with closing(sqlite3.connect(tmp_path / "x.db")) as file:
            stored = {
                text for (text,) in file.execute("SELECT message FROM messages WHERE message LIKE 'during%'")
            }
        assert stored - answered == set()
        assert any(telescope.answered[-1].startswith("before") for telescope in telescopes), (
            "some came too late"
        )


def post_into_a_stop(service: Service) -> list[Telescope]:
    """Post on idle connections, while the service is busy and has been told to stop."""
    assert service.process is not None
    telescopes = [Telescope(service) for _ in range(20)]
    workers = [Telescope(service) for _ in range(10)]
    for number, telescope in enumerate(telescopes + workers):
        telescope.send(f"before {number}")
        assert telescope.take()
    work = json.dumps([{"site": "work", "log_message": "x"}] * 1000).encode()
    head = b"POST /newlog HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(work)
    with ExitStack() as busy:
        service.process.send_signal(signal.SIGSTOP)
        for worker in workers:
            busy.enter_context(closing(worker)).connection.sendall(head + work)
        service.process.terminate()
        service.process.send_signal(signal.SIGCONT)
        for number, telescope in enumerate(telescopes):
            time.sleep(0.002)  # throughout the work
            with suppress(ConnectionError):
                telescope.send(f"during {number}")
        for telescope in telescopes:
            with suppress(ConnectionError), closing(telescope):
                while telescope.take():
                    pass
        assert service.process.wait(15) == 0
    return telescopes


def test_a_stop_while_postgres_is_frozen_ends_in_time(own_postgres: Postgres, tmp_path: Path) -> None:
    server = psutil.Process(own_postgres.server.get_pid())
    with running(own_postgres.ready(), tmp_path) as service, closing(Telescope(service)) as telescope:
        assert service.process is not None
        telescope.send("before")
        assert telescope.take()
        frozen = [server, *server.children(recursive=True)]
        for process in frozen:
            process.suspend()
        try:
            telescope.send("never stored")
            assert service.stop(seconds=8) == 0
        finally:
            for process in frozen:
                process.resume()
