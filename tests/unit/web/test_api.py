"""The HTTP endpoints: what they read from a request, and what they respond."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.test import EnvironBuilder

from tests.support.attendance import rooms
from tests.support.doors import access, doors
from tests.support.environs import ID, client_of
from tests.support.messages import message
from userstatus.connection import KEY as CONNECTION
from userstatus.duty.config import NOTHING
from userstatus.duty.duty import Duty
from userstatus.live.delivery import Delivery
from userstatus.live.follower import Position
from userstatus.live.sse import EventStream
from userstatus.live.websocket import DataStream, WebSocket
from userstatus.message import Cursor
from userstatus.settings import Settings
from userstatus.store.log import Log
from userstatus.store.reader import Query
from userstatus.web import api as module
from userstatus.web import rejections
from userstatus.web.api import Api
from userstatus.web.cors import Origins
from userstatus.web.http_server import NOSNIFF
from userstatus.web.ingest import Ingest
from userstatus.web.limits import Limits

KEY = {"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", **KEY}


class Served:
    """The endpoints of one log that is not followed, and a client of theirs."""

    def __init__(self, file: Path):
        self.log = Log(Settings.from_environ({"DATABASE_URL": f"sqlite:///{file}"}), "prod")
        self.log.database.prepare()
        self.delivery = Delivery(self.log, rooms())
        self.delivery.follower.open()
        origins = Origins(("https://a.example",))
        self.duty = Duty(NOTHING)
        ingest = Ingest(self.log.journal, access(), Limits(None, None), self.duty)
        self.api = Api(self.log, self.delivery, self.duty, ingest, origins, doors())
        app = Flask("x")
        doors().install(app)
        app.register_blueprint(self.api.blueprint())
        rejections.install(app, lambda rejection: Response(rejection.error, rejection.status))
        self.client: Any = client_of(app)  # whose `json` may be None for all that is known
        self.taken: list[Any] = []

    def post(self, *sites: str, **fields: Any) -> Cursor:
        """Store a message of each of the sites, and deliver them; returns the cursor of the last one."""
        self.log.journal.append([message(site=site, **fields) for site in sites])
        self.delivery.follower._read_on()
        return self.delivery.follower.cursor

    def take_over(self, path: str, **options: Any) -> Any:
        """The stream to which a request's connection is handed over, and what else it is given."""
        base = "ws://x" if "Upgrade" in options.get("headers", {}) else "http://x"
        environ = EnvironBuilder(path, base, **options).get_environ()
        environ["REMOTE_ADDR"] = "127.0.0.1"
        environ[CONNECTION] = SimpleNamespace(take_over=self.taken.append, request_id=ID, began=0.0)
        assert self.client.application(environ, lambda *_: None) == []
        run = self.taken.pop()
        return run.func.__self__, run.keywords


@pytest.fixture
def served(file: Path) -> Iterator[Served]:
    found = Served(file)
    yield found
    found.log.database.close()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/newlog"),
        ("POST", "/recent-logs"),
        ("POST", "/sites"),
        ("POST", "/events"),
        ("POST", "/ws"),
        ("POST", "/datastream"),
    ],
)
def test_an_endpoint_takes_its_own_methods_alone(method: str, path: str, served: Served) -> None:
    response = served.client.open(path, method=method)
    assert (response.status_code, response.json["error"].startswith(f"{path} does not take")) == (405, True)
    assert response.headers["Allow"]


def test_a_posted_message_is_stored(served: Served) -> None:
    response = served.client.post("/newlog", json={"site": "A", "log_message": "x", "log_level": "error"})
    assert (response.status_code, response.mimetype) == (200, "application/json")
    (found,) = served.log.reader.after(Cursor(0), 10)
    assert (found.site, found.message, found.log_level) == ("a", "x", "error")


def asked(served: Served, monkeypatch: pytest.MonkeyPatch, path: str) -> tuple[Query, float]:
    """The query and the number of seconds to wait that a request asks for."""
    found: list[Any] = []

    def poll(query: Query, wait: float, *_: object) -> Any:
        found.append((query, wait))
        return [], False, Cursor(0)

    monkeypatch.setattr(module, "poll", poll)
    assert served.client.get(path).status_code == 200
    (only,) = found
    return only  # type: ignore[no-any-return]


def test_the_parameters_of_a_request_make_a_query(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    path = "/recent-logs?site=A,b&site=c&after_time=5&before_id=9&log_level=err&limit=3&wait=2.5"
    query, wait = asked(served, monkeypatch, path)
    assert wait == 2.5
    assert query == Query(
        sites=["a", "b", "c"], after_time=5, after_id=0, before_id=9, levels={"error"}, limit=3
    )


def test_a_request_that_does_not_say_so_waits_for_nothing(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(served, monkeypatch, "/recent-logs?site=a")[1] == 0


def test_a_query_goes_on_from_where_the_cursor_is_in_this_log(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    located: list[Any] = []

    def locate(sites: list[str], cursor: Cursor) -> Position:
        located.append((sites, cursor))
        return Position(3, gap=True, replaced=True)

    monkeypatch.setattr(served.delivery.follower, "locate", locate)
    query, _ = asked(served, monkeypatch, "/recent-logs?site=a&after_id=7-1500000")
    assert (located, query.after_id) == ([(["a"], Cursor(7, 1_500_000))], 3)


def test_a_log_that_is_replaced_while_it_is_read_is_read_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def poll(_: Query, wait: float, *_others: object) -> Any:
        waits.append(wait)
        served.delivery.follower.generation = 1
        return [], False, Cursor(len(waits))

    monkeypatch.setattr(module, "poll", poll)
    response = served.client.get("/recent-logs?site=a&wait=5")
    assert (waits, response.headers["X-Last-Id"]) == ([5, 0], "2")


def test_a_response_says_up_to_which_message_it_is_complete(served: Served) -> None:
    end = served.post("a", "b")
    for path in ("/recent-logs?site=a", "/sites"):
        response = served.client.get(path)
        assert (response.headers["X-Last-Id"], response.headers["X-Cursor"]) == ("2", str(end))
        assert "X-Truncated" not in response.headers
        assert "X-Gap" not in response.headers
        assert response.mimetype == "application/json"


def test_a_response_says_that_it_leaves_messages_out(served: Served) -> None:
    served.post("a", "a", "a")
    response = served.client.get("/recent-logs?site=a&limit=2")
    assert (len(response.json), response.headers["X-Truncated"]) == (2, "true")


def test_a_response_says_that_messages_are_missing_after_the_cursor(served: Served) -> None:
    served.post("a")
    response = served.client.get("/recent-logs?site=a&after_id=99-1500000")
    assert (response.status_code, response.headers["X-Gap"]) == (200, "true")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/recent-logs", "site"),
        ("/recent-logs?site=a&wait=x", "wait"),
        ("/recent-logs?site=a&wait=-1", "wait"),
        ("/recent-logs?site=a&after_id=x", "after_id"),
        ("/sites?activity=7", "activity"),
        ("/events", "site"),
        ("/events?site=a&after_id=x", "after_id"),
    ],
)
def test_an_odd_parameter_is_rejected_by_name(path: str, field: str, served: Served) -> None:
    response = served.client.get(path)
    assert (response.status_code, response.json["field"]) == (400, field)


def test_the_sites_are_listed_with_their_last_message_and_on_request_their_activity(served: Served) -> None:
    served.post("a", "b", "a", log_level="error")
    sites = served.client.get("/sites").json
    assert sorted(site["site"] for site in sites) == ["a", "b"]
    assert not any("activity" in site for site in sites)
    (only,) = served.client.get("/sites?site=a&activity=3600").json
    assert only["site"] == "a"
    assert set(only["activity"]) == set(served.delivery.statistics.activity("a", 3600)._fields)
    assert served.client.get("/sites?site=none").json == []


def test_a_list_of_many_sites_is_complete(served: Served) -> None:
    names = [f"s{number:03}" for number in range(300)]
    served.post(*names)
    assert sorted(site["site"] for site in served.client.get("/sites").json) == names


def test_a_stream_of_events_takes_the_connection_over(served: Served) -> None:
    served.post("a", "a")
    stream, given = served.take_over("/events?site=A&after_id=1", headers={"X-Unknown": "1"})
    assert isinstance(stream, EventStream)
    assert (stream.asked.sites, stream.asked.cursor) == (["a"], Cursor(1))
    assert given == {"headers": [NOSNIFF, ("X-Request-ID", ID)], "address": "127.0.0.1"}
    resumed, _ = served.take_over("/events?site=a&after_id=1", headers={"Last-Event-ID": "2"})
    assert resumed.asked.cursor == Cursor(2)


def test_a_head_request_for_events_gets_a_response_without_a_stream(served: Served) -> None:
    response = served.client.head("/events?site=a")
    assert (response.status_code, response.mimetype, response.data) == (200, "text/event-stream", b"")


@pytest.mark.parametrize(("path", "kind"), [("/ws", WebSocket), ("/datastream", DataStream)])
def test_a_websocket_takes_the_connection_over(path: str, kind: type[WebSocket], served: Served) -> None:
    stream, _ = served.take_over(f"{path}?site=a", headers=UPGRADE)
    assert type(stream) is kind
    assert stream.asked.sites == ["a"]


def test_a_websocket_of_a_page_that_is_not_allowed_is_rejected(served: Served) -> None:
    headers = {**UPGRADE, "Origin": "https://other.example"}
    response = served.client.get("/ws?site=a", base_url="ws://x", headers=headers)
    assert response.status_code == 403
    assert "https://other.example" in response.json["error"]
    assert served.take_over("/ws?site=a", headers={**UPGRADE, "Origin": "https://a.example"})


@pytest.mark.parametrize("path", ["/ws", "/datastream"])
def test_what_is_not_a_websocket_is_told_to_become_one(path: str, served: Served) -> None:
    response = served.client.get(f"{path}?site=a")
    assert (response.status_code, response.headers["Sec-WebSocket-Version"]) == (426, "13")
    assert response.json["error"] == f"{path} is a WebSocket: connect to it with ws:// or wss://"
