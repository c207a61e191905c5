"""A service is complete once it is built, shares nothing with another one, and has not begun anything."""

from __future__ import annotations

import enum
import logging
import re
import sys
import threading
from collections import deque
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any

import eventlet.hubs
import pytest
from sqlalchemy.util import immutabledict

from tests.support.environs import environ
from userstatus.duty.config import Config
from userstatus.errors import Rejection, StartError
from userstatus.service import Service
from userstatus.settings import Limit, Settings

VALUES = (type(None), bool, int, float, str, bytes, frozenset, range, enum.Enum, re.Pattern)
IMMUTABLE = (*VALUES, tuple, MethodType, immutabledict, MappingProxyType, Settings, Limit, Config)
CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, logging.Logger)


def build(file: Path, stage: str = "prod") -> Service:
    return Service(Settings.from_environ({"DATABASE_URL": f"sqlite:///{file}"}), stage)


def parts(owner: object) -> Iterator[Any]:
    """What an object holds, if it is ours, a container, or a call of something with arguments."""
    if isinstance(owner, dict):
        yield from owner.keys()
        yield from owner.values()
    elif isinstance(owner, list | tuple | set | frozenset | deque):
        yield from owner
    elif isinstance(owner, MethodType):
        yield owner.__self__
    elif isinstance(owner, partial):
        yield from (owner.func, *owner.args, *owner.keywords.values())
    elif isinstance(owner, FunctionType):
        yield from (cell.cell_contents for cell in owner.__closure__ or ())
    elif type(owner).__module__.startswith("userstatus"):
        yield from getattr(owner, "__dict__", {}).values()
        for kind in type(owner).__mro__:
            slots = vars(kind).get("__slots__", ())
            for name in [slots] if isinstance(slots, str) else slots:
                if hasattr(owner, name):
                    yield getattr(owner, name)


def mutable(root: object) -> dict[int, Any]:
    """Everything that belongs to an object and can change, by its identity."""
    seen: dict[int, Any] = {}
    left = [root]
    while left:
        each = left.pop()
        if id(each) in seen:
            continue
        seen[id(each)] = each
        if not isinstance(each, type | ModuleType):
            left.extend(parts(each))
    return {number: each for number, each in seen.items() if not isinstance(each, (*IMMUTABLE, *CODE))}


def shared(one: Service, other: Service) -> list[Any]:
    theirs = mutable(other)
    return [each for number, each in mutable(one).items() if number in theirs]


@pytest.fixture
def services(tmp_path: Path) -> tuple[Service, Service]:
    return build(tmp_path / "one.db"), build(tmp_path / "other.db")


def test_two_services_in_one_process_share_nothing_that_can_change(
    services: tuple[Service, Service],
) -> None:
    one, other = services
    assert shared(one, other) == []


def test_two_stages_of_the_same_database_share_nothing_that_can_change(tmp_path: Path) -> None:
    assert shared(build(tmp_path / "x.db"), build(tmp_path / "x.db", "dev")) == []


def test_every_part_of_a_service_is_looked_at(services: tuple[Service, Service]) -> None:
    one, _ = services
    found = mutable(one).values()
    log, delivery = one.log, one.delivery
    wanted = (
        *(log.database, log.expiry, log.reader, log.reader.tail, log.journal, log.journal.wake_up),
        *(log.health, log.retention, delivery.fanout, delivery.follower, delivery.shedding),
        *(delivery.statistics, one.rooms, one.rooms._rooms_of, one.rooms.pings, one.ingest, one.origins),
        *(one.socketio, one.socketio._resuming, one.app, one.wsgi),
    )
    assert [each for each in wanted if not any(each is other for other in found)] == []


@pytest.mark.parametrize("owner", ["log.journal", "delivery.fanout", "rooms", "socketio", "wsgi"])
@pytest.mark.parametrize(
    "kind",
    ["ours", "container", "event", "method", "closure"],
)
def test_something_that_two_services_share_would_be_found(
    owner: str, kind: str, services: tuple[Service, Service]
) -> None:
    event, container = threading.Event(), dict[str, str]()
    common: dict[str, Any] = {
        "ours": services[0].ingest,
        "container": [container],
        "event": event,
        "method": event.set,
        "closure": lambda: container,
    }
    for service in services:
        place: Any = service
        for name in owner.split("."):
            place = getattr(place, name)
        place.added = common[kind]
    assert shared(*services)


class Opened:
    """Records, once and for all tests of this process, which files and sockets are opened."""

    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] | None = None
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: Any) -> None:
        if self.events is not None and event in ("open", "sqlite3.connect", "socket.__new__"):
            self.events.append((event, args[0]))


OPENED = Opened()


@pytest.fixture
def opened() -> Iterator[list[tuple[str, Any]]]:
    OPENED.events = []
    yield OPENED.events
    OPENED.events = None


def under_way() -> tuple[int, int]:
    """How many threads there are, and how many timers and new greenlets the event loop has."""
    hub = eventlet.hubs.get_hub()
    return threading.active_count(), len(hub.timers) + len(hub.next_timers)


def test_a_service_that_is_built_has_started_nothing_and_opened_no_file(
    tmp_path: Path, opened: list[tuple[str, Any]]
) -> None:
    before = under_way()
    service = build(tmp_path / "x.db")
    assert under_way() == before
    assert opened == []
    assert list(tmp_path.iterdir()) == []
    service.log.database.prepare()
    assert [event for event, _ in opened if event == "sqlite3.connect"], "it would have been noticed"
    service.log.database.close()


def test_a_service_knows_its_stage(tmp_path: Path) -> None:
    assert [build(tmp_path / "x.db", stage).stage for stage in ("prod", "dev")] == ["prod", "dev"]


def test_a_service_rejects_what_is_for_no_stage_as_it_would_itself(tmp_path: Path) -> None:
    service = build(tmp_path / "x.db")
    for accept, mimetype in (("*/*", "application/json"), ("text/html", "text/html")):
        response = service.reject(Rejection("x", status=404), environ("/dev", HTTP_ACCEPT=accept))
        assert (response.status_code, response.mimetype) == (404, mimetype)
        assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_a_service_with_an_odd_setting_cannot_be_built() -> None:
    settings = Settings.from_environ({"DATABASE_URL": "mysql://host/db"})
    with pytest.raises(StartError, match="DATABASE_URL"):
        Service(settings, "prod")
