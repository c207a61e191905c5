"""What is appended together, and who is told of it; on a plain SQLite file."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.support.databases import open_journal
from tests.support.greenlets import others_run
from tests.support.messages import message
from userstatus import eventloop
from userstatus.errors import Unavailable
from userstatus.message import Cursor
from userstatus.store import journal as module
from userstatus.store.database import Database
from userstatus.store.journal import Journal


@pytest.fixture
def journal(sqlite_database: Database) -> Journal:
    return open_journal(sqlite_database, ttl=3600)


def be_alone(journal: Journal) -> None:
    for _ in range(module.ALONE_AFTER):
        journal.append([message()])


def test_nothing_is_appended_for_nothing(journal: Journal) -> None:
    assert journal.append([]) == []
    assert not journal.wake_up.is_set()


def test_the_follower_is_woken_by_what_is_stored(journal: Journal) -> None:
    journal.append([message()])
    assert (journal.wake_up.is_set(), journal.trouble) == (True, None)
    assert [each.id for each in journal.reader.tail.messages] == [1]


def test_a_transaction_has_no_more_than_it_can_hold(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_GROUP", 2)
    sizes: list[int] = []
    store = journal._store

    def counted(messages: list[object], *more: object) -> list[int]:
        sizes.append(len(messages))
        return store(messages, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "_store", counted)
    arrivals = [eventloop.spawn(journal.append, [message()]) for _ in range(5)]
    assert sorted(id for arrival in arrivals for id in arrival.wait()) == [1, 2, 3, 4, 5]
    assert sizes == [2, 2, 1]


def test_a_request_that_is_alone_needs_no_other_greenlet(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_alone(journal)
    spawned: list[object] = []
    monkeypatch.setattr(eventloop, "spawn", lambda *task: spawned.append(task))
    assert journal.append([message()]) == [module.ALONE_AFTER + 1]
    assert (spawned, journal._writing) == ([], False)


def test_of_several_who_append_one_after_the_other_nobody_is_alone(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_write_one", lambda: pytest.fail("it is not alone"))
    for _ in range(2 * module.ALONE_AFTER):
        journal.append([message()])
        eventloop.spawn(journal.append, [message()]).wait()


def test_what_comes_while_a_request_is_alone_is_written_as_well(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_alone(journal)
    store, later = journal._store, list[Any]()

    def slow(*given: Any) -> list[int]:
        if not later:
            later.append(eventloop.spawn(journal.append, [message()]))
            others_run()
        return store(*given)

    monkeypatch.setattr(journal, "_store", slow)
    assert journal.append([message()]) == [module.ALONE_AFTER + 1]
    assert later[0].wait() == [module.ALONE_AFTER + 2]
    assert not journal._writing


def test_whoever_appends_without_pause_lets_others_run(journal: Journal) -> None:
    be_alone(journal)
    others: list[int] = []
    eventloop.spawn(others.append, 1)
    deadline = time.monotonic() + 10
    while not others:
        assert time.monotonic() < deadline, "nobody else has run"
        journal.append([message()])


def test_everybody_who_waits_is_told_when_nothing_can_be_stored(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> list[int]:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(journal, "_store", away)
    arrivals = [eventloop.spawn(journal.append, [message()]) for _ in range(3)]
    for arrival in arrivals:
        with pytest.raises(Unavailable):
            arrival.wait()
    assert (journal.trouble, journal.wake_up.is_set()) == ("the disk is full", False)
    monkeypatch.undo()
    assert journal.append([message()]) == [1]
    assert journal.trouble is None


def test_trying_it_out_leaves_no_message_and_uses_no_id(journal: Journal) -> None:
    journal.append([message()])
    journal.try_out()
    assert journal.append([message()]) == [2]
    assert [each.id for each in journal.reader.after(Cursor(0), 10)] == [1, 2]
