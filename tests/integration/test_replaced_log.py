"""A log that is replaced by a restore or a failover: no viewer mistakes new ids for old ones."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from tests.support.databases import at, open_journal, open_reader
from tests.support.messages import message
from tests.support.resuming import DataStreamViewer, EventViewer, PollingViewer, SocketViewer
from tests.support.service import Service, needs, running, wait_until
from tests.support.streams import connected, events, frames
from tests.support.viewers import NodeViewer, RawViewer, watching
from userstatus.message import Cursor
from userstatus.store import queries, tables
from userstatus.store.database import Database
from userstatus.store.reader import AnotherLog, Reader

HOUR, DAY_S = 3600, 86_400

KINDS = (EventViewer, SocketViewer, DataStreamViewer, PollingViewer)


def post(service: Service, *texts: str) -> list[int]:
    body = json.dumps([{"site": "tst", "log_message": text} for text in texts])
    ids: list[int] = requests.post(f"{service.url}/newlog", body, timeout=10).json()["ids"]
    return ids


@pytest.fixture(scope="module")
def restored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, str]]:
    """A service that was restored from a backup of 6 messages and has grown to 14, and a cursor of the tenth
    message that was there before."""
    folder = tmp_path_factory.mktemp("restored")
    with running(f"sqlite:///{folder}/x.db", folder) as service:
        post(service, *(f"old {number}" for number in range(1, 7)))
        service.stop()
        shutil.copy(folder / "x.db", folder / "backup.db")
        service.start()
        post(service, *(f"lost {number}" for number in range(7, 11)))
        cursor = service.recent(site="tst", after_id=9)[0]["cursor"]
        service.stop()
        shutil.copy(folder / "backup.db", folder / "x.db")
        service.start()
        post(service, *(f"new {number}" for number in range(7, 15)))
        yield service, cursor


NEW = [f"new {number}" for number in range(7, 15)]


def test_a_cursor_from_before_a_restore_brings_new_messages_and_a_gap_to_requests(
    restored: tuple[Service, str],
) -> None:
    service, cursor = restored
    response = requests.get(f"{service.url}/recent-logs", {"site": "tst", "after_id": cursor}, timeout=5)
    assert [message["message"] for message in response.json()] == NEW
    assert response.headers["X-Gap"] == "true"


def test_a_cursor_from_before_a_restore_brings_new_messages_and_a_gap_to_streams(
    restored: tuple[Service, str],
) -> None:
    service, cursor = restored
    with connected(service, f"/ws?site=tst&after_id={cursor}") as viewer:
        first, *rest = frames(viewer, 9)
        assert first["subscribed"] == service.subscription_status("tst", gap=True, replaced=True)
        assert [frame["message"] for frame in rest] == NEW
    with events(service, "?site=tst", headers={"Last-Event-ID": cursor}) as stream:
        assert next(stream)[1]["gap"] is True
        assert [next(stream)[1]["message"] for _ in NEW] == NEW


def test_a_cursor_from_before_a_restore_brings_new_messages_and_a_gap_to_socket_io(
    restored: tuple[Service, str],
) -> None:
    service, cursor = restored
    with watching(service.url, "", auth={"site": "tst", "after_id": cursor}) as (viewer,):
        wait_until(lambda: viewer.states, "it is told")
        assert viewer.states == [{"ok": True, **service.subscription_status("tst", gap=True, replaced=True)}]
        assert viewer.texts() == NEW


def test_a_cursor_that_both_logs_have_in_common_is_no_gap(restored: tuple[Service, str]) -> None:
    service, _ = restored
    common = service.recent(site="tst", before_id=7)[-1]["cursor"]
    with connected(service, f"/ws?site=tst&after_id={common}") as viewer:
        first, *rest = frames(viewer, 9)
        assert first["subscribed"] == service.subscription_status("tst")
        assert [frame["message"] for frame in rest] == NEW


def test_a_plain_id_keeps_its_meaning(restored: tuple[Service, str]) -> None:
    service, _ = restored
    response = requests.get(f"{service.url}/recent-logs?site=tst&after_id=10", timeout=5)
    assert [message["message"] for message in response.json()] == NEW[4:]
    assert "X-Gap" not in response.headers


@pytest.fixture
def cursors(database: Database) -> list[Cursor]:
    """The cursors of five messages, each committed separately."""
    journal = open_journal(database, ttl=DAY_S)
    for number in range(5):
        journal.append([message(str(number))])
    return [each.cursor for each in journal.reader.after(Cursor(0), 10)]


def without_memory(database: Database) -> Reader:
    """A reader with nothing in memory, as is normal for all but the newest messages."""
    return open_reader(database, ttl=DAY_S)


def test_a_cursor_of_this_log_is_found_in_it(database: Database, cursors: list[Cursor]) -> None:
    assert [without_memory(database).locate(cursor) for cursor in cursors] == [
        (cursor.id, False) for cursor in cursors
    ]


def test_the_same_id_received_at_another_time_is_of_another_log(
    database: Database, cursors: list[Cursor]
) -> None:
    third = cursors[2]
    assert third.received_us is not None
    for other in (
        Cursor(3, third.received_us + 1),
        Cursor(4, third.received_us),
        Cursor(9, third.received_us),
    ):
        assert without_memory(database).locate(other) == (3, True)


def test_if_a_message_is_gone_the_next_one_identifies_the_log(
    database: Database, cursors: list[Cursor]
) -> None:
    with database.write() as connection:
        connection.execute(queries.deletion([3]))
    assert without_memory(database).locate(cursors[2]) == (3, False)
    assert without_memory(database).locate(Cursor(3, cursors[4].received_us)) == (5, True)


def test_after_a_restore_by_a_clock_that_was_ahead_everything_counts_as_new(tmp_path: Path) -> None:
    def grown(path: Path, *texts: str) -> list[Cursor]:
        with closing(at(f"sqlite:///{path}")) as database:
            database.prepare()
            journal = open_journal(database, ttl=DAY_S)
            for text in texts:
                journal.append([message(text)])
            return [each.cursor for each in journal.reader.after(Cursor(0), 100)]

    first, second = tmp_path / "first.db", tmp_path / "second.db"
    grown(first, "by a clock that is ahead")
    with closing(at(f"sqlite:///{first}")) as database, database.write() as connection:
        connection.execute(
            sa.update(tables.messages).values(received_at=tables.messages.c.received_at + HOUR)
        )
        connection.execute(
            sa.update(tables.sequence).values(received_at=tables.sequence.c.received_at + HOUR)
        )
    grown(first, *"bcdef")
    shutil.copy(first, second)
    seen = grown(first, *"ghij")[-1]
    grown(second, *"ghijklmn")
    with closing(at(f"sqlite:///{second}")) as database:
        assert without_memory(database).locate(seen) == (0, True)


def test_a_tail_accepts_no_message_that_does_not_belong_to_it(
    database: Database, cursors: list[Cursor]
) -> None:
    here, there = (open_journal(database, ttl=DAY_S) for _ in range(2))
    here.reader.open()
    with database.write() as connection:  # a failover to a database that the last message had not reached yet
        connection.execute(queries.deletion([5]))
        connection.execute(sa.update(tables.sequence).values(last_id=4, received_at=cursors[3].received_at))
    there.append([message("another fifth")])
    here.append([message("the sixth")])
    assert here.reader.locate(cursors[4]) == (5, False), "its memory has not heard of it yet"
    with pytest.raises(AnotherLog):
        here.reader.after(cursors[4], 10)


@contextmanager
def everybody(service: Service) -> Iterator[list[Any]]:
    """A viewer of each kind; all of them resume by themselves."""
    viewers: list[Any] = [kind(service.url, "tst") for kind in KINDS] + [RawViewer(service.url, "tst")]
    try:
        needs("node")
        viewers += [NodeViewer(service.url, "tst", transport) for transport in ("websocket", "polling")]
        wait_until(lambda: all(viewer.states for viewer in viewers), "everybody is connected")
        yield viewers
    finally:
        for viewer in viewers:
            viewer.leave()


def seen(viewer: Any) -> list[str]:
    return [message["message"] for message in viewer.received]


def all_are_told(viewers: list[Any]) -> bool:
    """Whether every viewer knows of the gap: Socket.IO's are told after the missed messages."""
    return all(any(state["gap"] for state in viewer.states) for viewer in viewers)


def fail_over(url: str, *texts: str) -> None:
    """Put the database into an earlier state: only two messages are left, and others follow them."""
    database = at(url)
    now = round(time.time(), 6)
    with closing(database), database.write() as connection:
        connection.execute(sa.delete(tables.messages).where(tables.messages.c.id > 2))
        for id, text in enumerate(texts, 3):
            row = {"id": id, "site": "tst", "message": text, "log_level": "info", "timestamp": 1}
            connection.execute(sa.insert(tables.messages), {**row, "received_at": now})
        connection.execute(sa.update(tables.sequence).values(last_id=2 + len(texts), received_at=now))


@pytest.mark.parametrize("others", [0, 9], ids=["shorter", "longer"])
def test_after_a_failover_to_a_database_that_was_behind_every_viewer_resumes_and_is_told_of_the_gap(
    database_url: str, tmp_path: Path, others: int
) -> None:
    with running(database_url, tmp_path) as service, everybody(service) as viewers:
        post(service, *(f"old {number}" for number in range(1, 6)))
        wait_until(lambda: all(len(viewer.received) == 5 for viewer in viewers), "everybody is level")
        texts = [f"other {number}" for number in range(others)]
        fail_over(database_url, *texts)
        post(service, "after")
        expected = [f"old {number}" for number in range(1, 6)] + texts + ["after"]
        wait_until(lambda: all(seen(viewer)[-1] == "after" for viewer in viewers), "everybody sees it")
        assert [seen(viewer) for viewer in viewers] == [expected] * len(viewers)
        wait_until(lambda: all_are_told(viewers), "everybody is told of the gap")
        assert service.log.read_text().count("the log has been replaced") == 1
        (site,) = requests.get(f"{service.url}/sites", timeout=5).json()
        assert (site["counts"]["info"], site["last"]["message"]) == (3 + others, "after")


def test_received_at_never_runs_backwards(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path) as service:
        post(service, "now")
        database = at(database_url)
        ahead = round(time.time() + 3600, 6)
        with closing(database), database.write() as connection:
            connection.execute(sa.update(tables.messages).values(received_at=ahead))
            connection.execute(sa.update(tables.sequence).values(received_at=ahead))
        service.kill()
        service.start()
        post(service, "later")
        post(service, "later still")
        receipts = [message["received_at"] for message in service.recent(site="tst", after_id=0)]
        assert receipts == sorted(set(receipts))
        assert ahead < receipts[-1] < ahead + 1
        assert "the clock is 3" in service.log.read_text()
