"""What metrics count, made to happen on a real service: one function for every value of every label.

Each is a context manager, within which it has happened or goes on.
"""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from signal import SIGHUP
from typing import Any

import requests
import sqlalchemy as sa

from tests.support.keys import make_key, revoke_key
from tests.support.metrics import scrape
from tests.support.oncall import calling, configured, phone
from tests.support.polling import polling
from tests.support.raw_http import MESSAGE, exchange, posting, status
from tests.support.service import Service, free_port, wait_until
from tests.support.streams import connected, events
from tests.support.viewers import watching
from userstatus.instruments.counts import MAX_SITES

Happening = Callable[[Service], AbstractContextManager[object]]

SITE, NAMELESS, CALLED = "a", "beyond-those-that-have-names", "somebody-is-called"
SETTINGS = {
    "CORS_ORIGINS": "https://a.example",
    "ALLOWED_HOSTS": "127.0.0.1",
    "WRONG_KEYS": "1/hour",
    "PURGE_INTERVAL": "1s",
    "VIEWER_BUFFER": "16k",
}
# Starts the service with less patience, and fewer sites for all viewers together.
IMPATIENT = """
from userstatus import eventloop
eventloop.patch()
import flask_socketio
from userstatus import server
from userstatus.access import keyring
from userstatus.duty import outbox
from userstatus.live import shedding, streams
from userstatus.web import http_server

class SocketIO(flask_socketio.SocketIO):
    def __init__(self, *args, **options):
        super().__init__(*args, ping_interval=0.7, ping_timeout=1, **options)

flask_socketio.SocketIO = SocketIO
http_server.MAX_SILENCE_S, streams.HEARTBEAT_S = 1, 2
keyring.REFRESH_S = 0.2
outbox.FIRST_RETRY_S, outbox.MAX_RETRY_S = 0.1, 1
shedding.INTERVAL_S, shedding.MAX_SUBSCRIPTIONS = 0.1, 500
server.main()
"""
# Starts the service with time for whoever asks for its metrics as it stops.
PATIENT = """
from userstatus import eventloop
eventloop.patch()
from userstatus import server
from userstatus.web import http_server
http_server.MAX_CLOSE_S = 30
server.main()
"""


def name_sites(service: Service) -> None:
    """Post for as many sites as can have names, one of which is SITE."""
    many = [
        {"site": SITE if number == 0 else f"s{number}", "log_message": "x"} for number in range(MAX_SITES)
    ]
    requests.post(f"{service.url}/newlog", json.dumps(many), timeout=10).raise_for_status()


def posted(site: str = SITE, level: str = "info") -> Happening:
    """A message is stored."""

    @contextmanager
    def happens(service: Service) -> Iterator[None]:
        service.post(site=site, log_message="x", log_level=level).raise_for_status()
        yield

    return happens


def goes_on(_: Service) -> AbstractContextManager[object]:
    """It happens by itself."""
    return closing(socket.socket())


# Viewers


def stream(kind: str, site: str = SITE) -> Happening:
    """Somebody watches over a plain WebSocket."""
    return lambda service: connected(service, f"/{kind}?site={site}")


def socketio(service: Service) -> AbstractContextManager[object]:
    return watching(service.url, f"?site={SITE}")


@contextmanager
def server_sent_events(service: Service) -> Iterator[None]:
    with events(service, f"?site={SITE}") as received:
        next(received)
        yield


@contextmanager
def long_poll(service: Service) -> Iterator[None]:
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(service.recent, site=SITE, after_id=service.cursor(), wait=20)
        yield
        service.post(site=SITE, log_message="x")
        waiting.result()


@contextmanager
def left(service: Service) -> Iterator[None]:
    with watching(service.url, f"?site={SITE}"):
        pass
    yield


@contextmanager
def silent(service: Service) -> Iterator[None]:
    """Viewers of Socket.IO, one over a WebSocket and one that polls, and one on /ws, say nothing more."""
    with (
        connected(service, f"/ws?site={SITE}"),
        connected(service, f"/socket.io/?EIO=4&transport=websocket&site={SITE}") as viewer,
    ):
        viewer.send("40")
        polling(service, "40", query=f"&site={SITE}")
        yield


@contextmanager
def does_not_read(service: Service) -> Iterator[None]:
    many = json.dumps([{"site": "flood", "log_message": "x" * 9000}] * 25)
    with requests.get(f"{service.url}/events?site=flood", stream=True, timeout=20):
        for _ in range(200):
            if "does not read" in service.log.read_text():
                break
            requests.post(f"{service.url}/newlog", many, timeout=10).raise_for_status()
    yield


@contextmanager
def watch_too_much(service: Service) -> Iterator[None]:
    sites = ",".join(f"{number}" for number in range(600))
    with connected(service, f"/ws?site={sites}") as viewer:
        while viewer.connected and viewer.recv():
            pass
    yield


@contextmanager
def log_replaced(service: Service) -> Iterator[None]:
    """The database loses its end, as after a failover to one that lagged behind."""
    with connected(service, f"/ws?site={SITE}") as viewer:
        service.post(site=SITE, log_message="is lost")
        viewer.recv()
        with database(service) as connection:
            connection.execute("BEGIN IMMEDIATE")  # at once: the service may write a notice meanwhile
            (last,) = connection.execute("SELECT max(id) FROM messages").fetchone()
            connection.execute("DELETE FROM messages WHERE id = ?", (last,))
            connection.execute("UPDATE head SET last_id = ?", (last - 1,))
            connection.execute("COMMIT")
        while viewer.connected and viewer.recv():
            pass
    yield


@contextmanager
def key_revoked(service: Service) -> Iterator[None]:
    key = make_key(service, "short-lived", SITE, "read")
    with connected(service, f"/ws?site={SITE}&key={key}") as viewer:
        revoke_key(service, "short-lived")
        while viewer.connected and viewer.recv():
            pass
    yield


# Requests


def asked(method: str, path: str, times: int = 1, **options: Any) -> Happening:
    """A request, sent once or several times."""

    @contextmanager
    def happens(service: Service) -> Iterator[None]:
        for _ in range(times):
            requests.request(method, f"{service.url}{path}", timeout=9, **options)
        yield

    return happens


def with_a_wrong_key(address: str, times: int) -> Happening:
    """Somebody at this address guesses keys."""
    headers = {"Authorization": "Bearer us_wrong", "X-Forwarded-For": address}
    return asked("GET", "/sites", times, headers=headers)


def said(request: bytes) -> Happening:
    """These bytes arrive on a connection, until the service ends it."""

    @contextmanager
    def happens(service: Service) -> Iterator[None]:
        exchange(service, request)
        yield

    return happens


MISTAKEN = posting(b"Content-Length: %d" % len(MESSAGE)).replace(b"Host: x", b"Host: 127.0.0.1")
rest_of_body_does_not_come = said(posting(b"Content-Length: 99").replace(b"Host: x", b"Host: 127.0.0.1"))


# Alerts


def on_call(folder: Path) -> dict[str, str]:
    """The settings with which somebody is called about one site."""
    url = f"json://127.0.0.1:{free_port()}/"
    return configured(folder, calling(url, again_after="1s", sites=[CALLED]))


def calls(answered: bool) -> Happening:
    """Somebody is called, and answers or does not."""

    @contextmanager
    def happens(service: Service) -> Iterator[None]:
        found = re.search(r"127\.0\.0\.1:(\d+)", Path(service.environ["CONFIG"]).read_text())
        assert found is not None
        with phone(int(found[1])) if answered else nullcontext():
            text = "is answered" if answered else "is not answered"
            service.post(site=CALLED, log_message=text, log_level="error").raise_for_status()
            yield

    return happens


@contextmanager
def nobody_is_left(service: Service) -> Iterator[None]:
    """Nobody is left to be called, while something waits to be told; then the configuration is as before."""
    file = Path(service.environ["CONFIG"])
    before, failed = file.read_text(), ("userstatus_alerts_total", "outcome=failed")
    assert service.process is not None
    count = scrape(service)[failed]
    with calls(answered=False)(service):
        wait_until(lambda: scrape(service)[failed] > count, "the call has failed")
    try:
        file.write_text("")
        service.process.send_signal(SIGHUP)
        yield
    finally:
        file.write_text(before)
        service.process.send_signal(SIGHUP)


# The database


@contextmanager
def database(service: Service) -> Iterator[sqlite3.Connection]:
    """The database file itself, as whoever breaks it has it open."""
    file = sa.make_url(service.environ["DATABASE_URL"]).database
    with closing(sqlite3.connect(str(file), isolation_level=None)) as connection:
        connection.execute("PRAGMA busy_timeout=4000")
        yield connection


@contextmanager
def expired(service: Service) -> Iterator[None]:
    service.post(site=SITE, log_message="x")
    with database(service) as connection:
        connection.execute("UPDATE messages SET received_at = 1 WHERE id = (SELECT min(id) FROM messages)")
    yield


@contextmanager
def rejects_a_row(service: Service) -> Iterator[None]:
    """The database rejects a message that is valid, which only a mistake of ours could bring about."""
    with database(service) as connection:
        connection.execute(
            "CREATE TRIGGER rejects BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'a mistake'); END"
        )
        # Over a bare connection: no document describes this answer, as every other answer must be.
        with socket.create_connection(("127.0.0.1", service.port), 10) as client:
            client.sendall(MISTAKEN)
            assert status(client.recv(1000)) == 500
        connection.execute("DROP TRIGGER rejects")
    yield


@contextmanager
def broken(service: Service) -> Iterator[None]:
    """The table of messages is missing for a while; somebody posts, reads, and asks how the service is."""
    with database(service) as connection:
        connection.execute("ALTER TABLE messages RENAME TO hidden")
        try:
            service.post(site=SITE, log_message="x")
            requests.get(f"{service.url}/recent-logs?site={SITE}", timeout=10)
            service.answers()
            yield
        finally:
            connection.execute("ALTER TABLE hidden RENAME TO messages")
    wait_until(service.answers, "it has recovered")


@contextmanager
def keys_missing(service: Service) -> Iterator[None]:
    """The table of keys is missing for a while."""
    with database(service) as connection:
        connection.execute("ALTER TABLE keys RENAME TO hidden_keys")
        try:
            yield
        finally:
            connection.execute("ALTER TABLE hidden_keys RENAME TO keys")


@contextmanager
def locked(service: Service) -> Iterator[None]:
    """Another client of Postgres holds the table, so that a POST has to wait with its connection."""
    engine = sa.create_engine(service.environ["DATABASE_URL"])
    with closing(engine.raw_connection()) as connection, ThreadPoolExecutor(1) as threads:
        connection.cursor().execute("LOCK TABLE messages IN ACCESS EXCLUSIVE MODE")
        try:
            posting = threads.submit(service.post, site=SITE, log_message="x")
            yield
        finally:
            connection.rollback()
        with suppress(requests.RequestException):
            posting.result()
    engine.dispose()
