"""Clients that poll, waiting or page by page, miss nothing and cost little."""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.service import Service, running, wait_until
from tests.support.streams import connected, frames


def test_long_polling_returns_at_once_or_as_soon_as_there_is_a_message(
    service: Service,
) -> None:
    first = service.post(site="p1", log_message="there").json()["id"]
    assert [found["id"] for found in service.recent(site="p1", after_id=0, wait=25)] == [first]
    found: list[dict[str, Any]] = []
    waiting = threading.Thread(target=lambda: found.extend(service.recent(site="p1", after_id=first, wait=9)))
    waiting.start()
    service.post(site="p2", log_message="for somebody else")
    second = service.post(site="p1", log_message="now").json()["id"]
    waiting.join()
    assert [message["id"] for message in found] == [second]


def test_long_polling_returns_nothing_after_the_wait(service: Service) -> None:
    response = requests.get(f"{service.url}/recent-logs?site=p3&after_id=0&wait=0.2", timeout=10)
    assert (response.status_code, response.json()) == (200, [])
    assert int(response.headers["X-Last-Id"]) >= 0


@pytest.mark.parametrize("wait", ["x", "-1", "nan", ""])
def test_an_invalid_wait_is_rejected_by_name(service: Service, wait: str) -> None:
    response = requests.get(f"{service.url}/recent-logs?site=tst&wait={wait}", timeout=5)
    assert (response.status_code, response.json()["field"]) == (400, "wait")


def test_pages_of_the_log_go_back_by_id(service: Service) -> None:
    ids = [service.post(site="p4", log_message=str(n), timestamp=100 - n).json()["id"] for n in range(5)]
    newest = service.recent(site="p4", before_id=10**14, limit=2)
    assert sorted(message["id"] for message in newest) == ids[3:], "whatever the telescope's clock says"
    older = service.recent(site="p4", before_id=ids[3], limit=9)
    assert [message["id"] for message in older] == ids[2::-1], "sorted by time as ever"


LISTED = """
import sys
from userstatus import eventloop
eventloop.patch()
import sqlalchemy as sa
from sqlalchemy.engine import Engine
@sa.event.listens_for(Engine, "before_cursor_execute")
def note(connection, cursor, statement, *_):
    if "FROM messages" in statement:
        print("QUERY", " ".join(statement.split()), file=sys.stderr, flush=True)
from userstatus.server import main
sys.exit(main())
"""


def ask(service: Service, **parameters: Any) -> requests.Response:
    response = requests.get(f"{service.url}/recent-logs", parameters, timeout=40)
    response.raise_for_status()
    return response


def test_a_poll_reads_the_log_at_most_once_and_only_matching_messages_wake_it(
    database_url: str, tmp_path: Path
) -> None:
    with (
        running(database_url, tmp_path, sys.executable, "-c", LISTED) as service,
        connected(service, "/ws?site=tst") as viewer,
    ):
        since = int(time.time()) - 60
        for text in ("first", "second"):
            service.post(site="tst", log_message=text)
        responses: list[Any] = []
        waiting = [
            {"site": "*", "log_level": "critical", "after_id": 1},  # what follows it is in memory
            {"site": "tst,other", "log_level": "critical", "after_time": since},
        ]
        polls = [
            threading.Thread(target=lambda each=each: responses.append(ask(service, wait=20, **each).json()))
            for each in waiting
        ]
        for each in polls:
            each.start()
        wait_until(lambda: reads(service), "the other has asked the log", seconds=20)
        for number in range(20):
            service.post(site="tst", log_message=str(number))
        frames(viewer, 22)  # once it has seen them, so have the waiting polls
        assert responses == []
        assert len(reads(service)) == 1
        service.post(site="tst", log_message="rare", log_level="critical", timestamp=since - 60)
        service.post(site="other", log_message="rare too", log_level="critical")
        for each in polls:
            each.join()
        texts = sorted([found["message"] for found in response] for response in responses)
        assert texts == [["rare"], ["rare too"]]
        assert len(reads(service)) == 1


def reads(service: Service) -> list[str]:
    """The reads of clients that ask for a log level.

    Each is noted before it begins. By then the poll has registered, and will be given what is stored later.
    """
    return [line for line in service.log.read_text().splitlines() if "log_level IN" in line]


def keep_polling(service: Service, seen: list[dict[str, Any]], done: threading.Event, **which: Any) -> None:
    """Continue from the cursor of each response, as a script does, until `done` and nothing more comes."""
    cursor = "0"
    with requests.Session() as session:
        while True:
            over = done.is_set()
            parameters = {**which, "after_id": cursor, "wait": 0 if over else 2}
            response = session.get(f"{service.url}/recent-logs", params=parameters, timeout=30)
            response.raise_for_status()
            assert "X-Truncated" not in response.headers
            cursor = response.headers["X-Last-Id"]
            assert all(each["id"] <= int(cursor) for each in response.json())
            seen += sorted(response.json(), key=lambda each: each["id"])
            if over and not response.json():
                return


def test_polls_lose_and_duplicate_nothing_in_a_storm(database_url: str, tmp_path: Path) -> None:
    asked_for: list[dict[str, str]] = [{"site": "*"}, {"site": "a"}, {"site": "a,b,none"}]
    asked_for += [{"site": "*", "log_level": "error"}, {"site": "b", "log_level": "error"}]
    done = threading.Event()
    with running(database_url, tmp_path) as service:
        seen: list[list[dict[str, Any]]] = [[] for _ in asked_for]
        polls = [
            threading.Thread(target=keep_polling, args=(service, each, done), kwargs=which)
            for each, which in zip(seen, asked_for, strict=True)
        ]
        for poll in polls:
            poll.start()
        with requests.Session() as session:
            for number in range(150):
                messages = [
                    {"site": "ab"[each % 2], "log_message": "x", "log_level": ("info", "error")[number % 2]}
                    for each in range(1 + number % 3)
                ]
                session.post(f"{service.url}/newlog", json=messages, timeout=10).raise_for_status()
        done.set()
        for poll in polls:
            poll.join()
        for each, which in zip(seen, asked_for, strict=True):
            stored = service.recent(**which, after_time=0)
            assert [found["id"] for found in each] == sorted(found["id"] for found in stored)


def test_a_poll_returns_at_most_its_limit_and_says_that_there_was_more(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, sys.executable, "-c", LISTED) as service:
        service.post(site="other", log_message="so that there is something to read")
        responses: list[requests.Response] = []
        which = {"site": "tst", "log_level": "info", "after_id": 0, "limit": 2}
        poll = threading.Thread(target=lambda: responses.append(ask(service, **which, wait=20)))
        poll.start()
        wait_until(lambda: reads(service), "it has asked the log", seconds=20)
        body = json.dumps([{"site": "tst", "log_message": str(number)} for number in range(5)])
        requests.post(f"{service.url}/newlog", body, timeout=5).raise_for_status()
        poll.join()
        (response,) = responses
        assert [each["message"] for each in response.json()] == ["3", "4"]
        assert (response.headers["X-Truncated"], response.headers["X-Last-Id"]) == ("true", "6")
