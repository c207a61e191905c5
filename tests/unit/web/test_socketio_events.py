"""The events of Socket.IO viewers, and what is logged about their packets."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.support.doors import doors
from tests.support.environs import client_of
from tests.support.greenlets import GREEN_TIME
from tests.support.messages import message
from tests.support.raw_http import POLLING
from userstatus import eventloop
from userstatus.live import pending, subscriptions
from userstatus.live.delivery import Delivery
from userstatus.live.requests import MAX_SITES
from userstatus.live.seats import Seats
from userstatus.live.socketio import Rooms
from userstatus.settings import Settings
from userstatus.store.log import Log
from userstatus.web.cors import Origins
from userstatus.web.socketio_events import MAX_LINE_CHARS, MAX_LINES, OneLine, SocketIOEvents, library_log


class Stage:
    """The Socket.IO server of one log, and viewers that poll it without a network."""

    def __init__(self, file: Path):
        self.app, rooms = Flask("x"), Rooms(100_000, Seats(None, None), upgrade_headers=[])
        self.log = Log(Settings.from_environ({"DATABASE_URL": f"sqlite:///{file}"}), "prod")
        self.log.database.prepare()
        self.delivery = Delivery(self.log, rooms)
        self.delivery.follower.open()
        self.events = SocketIOEvents(self.app, rooms, self.delivery, Origins(("*",)), doors())

    def post(self, *sites: str) -> None:
        """Store a message of each of the sites, and deliver them."""
        self.log.journal.append([message(site=site) for site in sites])
        self.delivery.follower._read_on()

    def viewer(self, query: str = "", auth: object = None) -> Polling:
        """A viewer that connects with this query and `auth`."""
        return Polling(self.app, query, auth)


class Polling:
    """A viewer that polls; `answer` is the packet that answered its connection."""

    def __init__(self, app: Flask, query: str, auth: object):
        self.client = client_of(app)
        self.url = f"{POLLING}&{query}"
        opened = json.loads(self.client.get(self.url).text[1:])
        self.url += f"&sid={opened['sid']}"
        self.waiting: list[str] = []
        self.say("40" + ("" if auth is None else json.dumps(auth)))
        self.answer = self.next()

    def say(self, packet: str) -> None:
        assert self.client.post(self.url, data=packet).status_code == 200

    def next(self) -> str:
        """The next packet that is sent to it."""
        if not self.waiting:
            with eventloop.deadline(3):
                self.waiting = self.client.get(self.url).text.split("\x1e")
        return self.waiting.pop(0)

    def event(self) -> tuple[str, Any]:
        packet = self.next()
        assert packet.startswith("42"), packet
        name, content = json.loads(packet[2:])
        return name, content

    def ask(self, *event: object) -> Any:
        """Send an event, and return its acknowledgement."""
        self.say("421" + json.dumps(event))
        packet = self.next()
        assert packet.startswith("431"), packet
        (content,) = json.loads(packet[3:])
        return content


@pytest.fixture
def stage(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for module in (pending, subscriptions):
        monkeypatch.setattr(module, "time", GREEN_TIME)
    found = Stage(file)
    monkeypatch.setattr(found.events.rooms.pings, "schedule", lambda _: None)  # nobody stays for long enough
    yield found
    found.events.rooms._pending._since.clear()  # so that nothing of it runs during another test
    found.log.database.close()


def test_a_key_is_ours_by_its_beginning_and_any_other_is_ignored_as_it_is_in_a_header(stage: Stage) -> None:
    others = {"site": "a", "key": "a token for somebody else"}
    assert stage.viewer("", others).answer.startswith("40{")
    assert stage.viewer("key=somebody's", {"site": "a"}).answer.startswith("40{")
    assert "this key is not known" in stage.viewer("", {"site": "a", "key": "us_unknown"}).answer
    assert "this key is not known" in stage.viewer("key=us_unknown", others).answer, (
        "one in the query as well"
    )


@pytest.mark.parametrize(
    ("query", "auth"),
    [("site=B,a", None), ("", {"site": "B,a"}), ("", {"site": ["a", "b"]}), ("site=c", {"site": "a,b"})],
)
def test_a_viewer_watches_the_sites_that_it_connects_with(query: str, auth: object, stage: Stage) -> None:
    viewer = stage.viewer(query, auth)
    assert viewer.answer.startswith("40{")
    stage.post("c", "a", "b")
    assert [viewer.event()[1]["site"] for _ in range(2)] == ["a", "b"]


def test_a_viewer_that_names_no_site_watches_none_yet(stage: Stage) -> None:
    viewer = stage.viewer("site=")
    assert viewer.ask("subscribe", {"site": "a"})["sites"] == ["a"]


@pytest.mark.parametrize(
    ("query", "auth", "field"),
    [
        ("site=a+b", None, "site"),
        ("site=a&after_id=x", None, "after_id"),
        ("", {"site": 5}, "site"),
        ("", {"site": [f"s{number}" for number in range(MAX_SITES + 1)]}, "site"),
        ("", ["a"], None),
    ],
)
def test_a_connection_with_odd_parameters_is_rejected_with_the_reason(
    query: str, auth: object, field: str | None, stage: Stage
) -> None:
    answer = stage.viewer(query, auth).answer
    assert answer.startswith("44{")
    told = json.loads(answer[2:])
    assert (told["data"]["error"], told["data"].get("field")) == (told["message"], field)
    assert "send " in told["message"]


def test_a_viewer_with_a_cursor_gets_what_it_missed_and_then_its_status(stage: Stage) -> None:
    stage.post("a", "b", "a")
    viewer = stage.viewer("site=a&after_id=1")
    name, missed = viewer.event()
    assert (name, missed["id"]) == ("newlog", 3)
    name, status = viewer.event()
    assert name == "subscribed"
    assert (status["ok"], status["sites"], status["last_id"], status["gap"]) == (True, ["a"], 3, False)
    assert stage.events._resuming == {}


def test_a_viewer_that_resumes_but_has_seen_nothing_is_told_its_position_alone(stage: Stage) -> None:
    stage.post("a")
    name, status = stage.viewer(auth={"site": "a", "after_id": None}).event()
    assert (name, status["sites"], status["last_id"]) == ("subscribed", ["a"], 1)


def test_an_event_is_handled_once_its_viewer_has_caught_up(stage: Stage) -> None:
    stage.post("a", "a")
    viewer = stage.viewer("site=a&after_id=1")
    viewer.say('421["unsubscribe",{"site":"a"}]')
    assert [viewer.event()[0], viewer.event()[0]] == ["newlog", "subscribed"]
    assert viewer.next().startswith("431"), "its acknowledgement comes last"


def test_a_subscription_is_acknowledged_with_all_sites_and_the_end_of_the_log(stage: Stage) -> None:
    stage.post("a")
    viewer = stage.viewer("site=b")
    assert viewer.ask("subscribe", {"site": "a"}) == {
        "ok": True,
        "sites": ["a", "b"],
        "last_id": 1,
        "cursor": str(stage.delivery.follower.cursor),
        "gap": False,
        "replaced": False,
    }


def test_a_subscription_with_a_cursor_sends_what_was_missed_before_its_acknowledgement(stage: Stage) -> None:
    stage.post("a", "b", "a")
    viewer = stage.viewer()
    viewer.say('421["subscribe",{"site":"a","after_id":1}]')
    assert viewer.event()[1]["id"] == 3
    told = json.loads(viewer.next().removeprefix("431"))[0]
    assert (told["ok"], told["sites"], told["last_id"], told["gap"]) == (True, ["a"], 3, False)


def test_a_viewer_that_leaves_a_site_gets_no_more_of_it(stage: Stage) -> None:
    viewer = stage.viewer("site=a,b")
    assert viewer.ask("unsubscribe", {"site": "a"})["sites"] == ["b"]
    stage.post("a", "b")
    assert viewer.event()[1]["site"] == "b"


@pytest.mark.parametrize("event", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize(
    ("content", "field"),
    [((), None), (("a",), None), (({},), "site"), (({"site": "a b"},), "site"),
     (({"site": "a", "after_id": -1},), "after_id")],
)  # fmt: skip
def test_an_odd_event_is_acknowledged_with_what_to_send(
    event: str, content: tuple[object, ...], field: str | None, stage: Stage
) -> None:
    told = stage.viewer("site=b").ask(event, *content)
    assert (told["ok"], told.get("field")) == (False, field)
    assert "send " in told["error"]


def test_an_event_named_connect_changes_nothing(stage: Stage) -> None:
    viewer = stage.viewer("site=a")
    viewer.say('42["connect",{"site":"b"}]')
    assert viewer.ask("subscribe", {"site": "c"})["sites"] == ["a", "c"]


def record(
    message: str, level: int = logging.WARNING, error: BaseException | None = None
) -> logging.LogRecord:
    exc_info = (type(error), error, None) if error else None
    return logging.LogRecord("x", level, "x.py", 1, message, (), exc_info)


def test_a_traceback_becomes_its_name_as_the_rest_may_quote_a_key() -> None:
    found = record("bad packet", error=ValueError("odd"))
    assert OneLine().filter(found)
    assert (found.getMessage(), found.exc_info) == ("bad packet: ValueError", None)


def test_a_long_line_is_cut() -> None:
    found = record("x" * 10_000)
    OneLine().filter(found)
    assert len(found.getMessage()) == MAX_LINE_CHARS


def test_what_is_not_a_warning_is_left_out() -> None:
    assert not OneLine().filter(record("chat", logging.INFO))


def test_of_many_lines_in_a_second_the_first_are_written() -> None:
    only = OneLine()
    written = sum(only.filter(record("odd")) for _ in range(10 * MAX_LINES))
    assert MAX_LINES <= written <= 2 * MAX_LINES, "the second may end in between"


def test_every_service_has_a_limit_of_its_own_on_what_its_libraries_log() -> None:
    one, other = library_log(), library_log()
    assert one is not other
    assert one.parent is other.parent is logging.getLogger("userstatus")
    while one.filter(record("odd")):
        pass
    assert other.filter(record("odd"))
