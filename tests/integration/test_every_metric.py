"""Every metric, with every value of its labels, changes when what it counts happens."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import pytest

from tests.support import happenings
from tests.support.databases import Postgres
from tests.support.happenings import NAMELESS, SITE, Happening, asked, posted, said, stream
from tests.support.metrics import Samples, parsed, scrape
from tests.support.service import Service, running, wait_until
from tests.support.streams import connected
from userstatus import __version__
from userstatus.duty.switchboard import DROPPED, FAILED, OUTCOMES, SENT
from userstatus.instruments.counts import OTHER
from userstatus.instruments.metrics import REASONS
from userstatus.live import channels
from userstatus.live.sse import EventStream
from userstatus.live.websocket import DataStream, WebSocket
from userstatus.message import EVERY_SITE, LEVELS

Value = tuple[str, str, str]
"""A metric, one of its labels, and a value of that; the last two are empty if it has no labels."""

VALUES: dict[Value, Happening] = {
    **{("messages_total", "level", level): posted(level=level) for level in LEVELS},
    ("messages_total", "site", SITE): posted(),
    ("messages_total", "site", OTHER): posted(NAMELESS),
    ("post_seconds_count", "", ""): posted(),
    ("commit_messages_count", "", ""): posted(),
    ("delivery_lag_seconds_count", "", ""): posted(),
    ("event_loop_lag_seconds_count", "", ""): happenings.goes_on,
    ("follower_age_seconds", "", ""): happenings.goes_on,
    ("viewers", "kind", "socketio"): happenings.socketio,
    ("viewers", "kind", "ws"): stream("ws"),
    ("viewers", "kind", "datastream"): stream("datastream"),
    ("viewers", "kind", "events"): happenings.server_sent_events,
    ("viewers", "kind", "poll"): happenings.long_poll,
    ("viewers", "site", SITE): stream("ws"),
    ("viewers", "site", EVERY_SITE): stream("ws", "*"),
    ("viewers", "site", OTHER): stream("ws", NAMELESS),
    ("disconnects_total", "reason", "left"): happenings.left,
    ("disconnects_total", "reason", "slow"): happenings.does_not_read,
    ("disconnects_total", "reason", "overload"): happenings.watch_too_much,
    ("disconnects_total", "reason", "replaced"): happenings.log_replaced,
    ("disconnects_total", "reason", "rejected"): happenings.key_revoked,
    ("rejected_total", "reason", "invalid"): asked("POST", "/newlog", data="{"),
    ("rejected_total", "reason", "unauthorized"): happenings.with_a_wrong_key("192.0.2.1", times=1),
    ("rejected_total", "reason", "limit"): happenings.with_a_wrong_key("192.0.2.2", times=2),
    ("rejected_total", "reason", "forbidden"): asked(
        "POST", "/newlog", data="{}", headers={"Origin": "https://b.example"}
    ),
    ("rejected_total", "reason", "not_found"): asked("GET", "/nowhere"),
    ("rejected_total", "reason", "method"): asked("DELETE", "/newlog"),
    ("rejected_total", "reason", "timeout"): happenings.rest_of_body_does_not_come,
    ("rejected_total", "reason", "too_large"): asked("POST", "/newlog", data="x" * 300_000),
    ("rejected_total", "reason", "encoding"): asked(
        "POST", "/newlog", data="x", headers={"Content-Encoding": "odd"}
    ),
    ("rejected_total", "reason", "host"): asked("GET", "/sites", headers={"Host": "b.example"}),
    ("rejected_total", "reason", "not_a_websocket"): asked("GET", "/ws?site=a"),
    ("rejected_total", "reason", "failed"): happenings.rejects_a_row,
    ("rejected_total", "reason", "unavailable"): happenings.broken,
    ("rejected_total", "reason", OTHER): said(b"GET / HTTP/2.0\r\nHost: x\r\n\r\n"),
    ("alerts_total", "outcome", SENT): happenings.calls(answered=True),
    ("alerts_age_seconds", "", ""): happenings.goes_on,
    ("alerts_failing", "", ""): happenings.calls(answered=False),
    ("alerts_total", "outcome", FAILED): happenings.calls(answered=False),
    ("alerts_total", "outcome", DROPPED): happenings.nobody_is_left,
    ("purged_messages_total", "", ""): happenings.expired,
    ("database_errors_total", "operation", "append"): happenings.broken,
    ("database_errors_total", "operation", "read"): happenings.broken,
    ("database_errors_total", "operation", "follow"): happenings.broken,
    ("database_errors_total", "operation", "purge"): happenings.broken,
    ("database_errors_total", "operation", "health"): happenings.broken,
    ("database_errors_total", "operation", "keys"): happenings.keys_missing,
}
# These have a test of their own below.
STATES = [("database_connections", "state", state) for state in ("in_use", "idle")]
TIMEOUT = ("disconnects_total", "reason", "timeout")
STOPPING = ("disconnects_total", "reason", "stopping")
VERSION = ("build", "version", __version__)
CONSTANTS = {
    ("messages_total", "level"): set(LEVELS),
    ("viewers", "kind"): {EventStream.kind, WebSocket.kind, DataStream.kind, "poll", "socketio"},
    ("disconnects_total", "reason"): set(channels.REASONS),
    ("rejected_total", "reason"): {*REASONS.values(), OTHER},
    ("alerts_total", "outcome"): set(OUTCOMES),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    program = (sys.executable, "-c", happenings.IMPATIENT)
    settings = {**happenings.SETTINGS, **happenings.on_call(folder)}
    with running(f"sqlite:///{folder}/x.db", folder, *program, **settings) as found:
        happenings.name_sites(found)
        yield found


def values(samples: Samples) -> dict[Value, float]:
    """The sum of all samples with a value of a label, whatever the other labels are."""
    found: dict[Value, float] = {}
    for (name, labels), number in samples.items():
        if not name.endswith(("_bucket", "_sum")):
            for each in labels.split() or [""]:
                label, _, value = each.partition("=")
                key = (name.removeprefix("userstatus_"), label, value)
                found[key] = found.get(key, 0) + number
    return found


@pytest.mark.parametrize("value", VALUES, ids=" ".join)
def test_it_changes_when_what_it_counts_happens(service: Service, value: Value) -> None:
    def now() -> float:
        return values(scrape(service)).get(value, 0)

    before = now()
    falls = value[0] in ("follower_age_seconds", "alerts_age_seconds")
    with VALUES[value](service):
        wait_until(lambda: now() < before if falls else now() > before, f"{value} changes from {before}")
        if value[0] == "rejected_total" and VALUES[value] is not happenings.broken:
            assert now() == before + 1, "it is counted once"
    if value[0] == "viewers":
        wait_until(lambda: now() == before, f"{value} is {before} again")


def test_viewers_of_every_kind_that_do_not_answer_a_ping_are_counted(service: Service) -> None:
    before = values(scrape(service))[TIMEOUT]
    with happenings.silent(service):
        wait_until(lambda: values(scrape(service))[TIMEOUT] == before + 3, "all three are counted")


def test_the_pool_of_postgres_shows_a_connection_that_waits(postgres: Postgres, tmp_path: Path) -> None:
    def now(service: Service) -> list[float]:
        return [values(scrape(service))[state] for state in STATES]

    with running(postgres.ready(), tmp_path, STAGES="prod") as service:
        with happenings.locked(service):
            wait_until(lambda: now(service)[0] >= 1, "a connection is in use")
        wait_until(lambda: now(service)[0] == 0 and now(service)[1] >= 1, "it is idle")


def begun(service: Service) -> socket.socket:
    """A connection on which all of a request for the metrics has arrived but its last line."""
    asking = socket.create_connection(("127.0.0.1", service.port), 10)
    asking.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n")
    return asking


def response_to(asking: socket.socket) -> dict[Value, float]:
    asking.sendall(b"\r\n")
    told = b"".join(iter(lambda: asking.recv(65536), b""))
    return values(parsed(told.partition(b"\r\n\r\n")[2].decode()))


def test_viewers_that_are_sent_away_as_the_server_stops_are_counted(tmp_path: Path) -> None:
    with (
        running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", happenings.PATIENT) as service,
        ExitStack() as stack,
    ):
        requests = [stack.enter_context(begun(service)) for _ in range(50)]
        with connected(service, "/ws?site=a") as viewer:
            assert service.answers()  # so it has begun to read the requests
            assert service.process is not None
            service.process.terminate()
            while viewer.connected and viewer.recv():
                pass
        wait_until(lambda: response_to(requests.pop())[STOPPING] == 1, "the viewer is counted")


def test_every_value_is_one_of_those_above(service: Service, postgres: Postgres, tmp_path: Path) -> None:
    tested = {*VALUES, *STATES, TIMEOUT, STOPPING, VERSION}
    with running(postgres.ready(), tmp_path, STAGES="prod") as another:
        told = chain(values(scrape(service)), values(scrape(another)))
        assert {value for value in told if value not in tested and value[1] != "site"} == set()
    for (metric, label), constants in CONSTANTS.items():
        assert {value for name, of, value in tested if (name, of) == (metric, label)} == constants
