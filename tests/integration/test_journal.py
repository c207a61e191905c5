"""The journal on both databases: what is stored, and what is read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.databases import at, open_journal
from tests.support.messages import age, message
from userstatus import eventloop
from userstatus.message import Cursor
from userstatus.notice import Notice
from userstatus.store.database import Database
from userstatus.store.journal import Journal
from userstatus.web.parameters import read_query

DAY_S = 86_400


@pytest.fixture
def journal(database: Database) -> Journal:
    return open_journal(database, ttl=7 * DAY_S)


def recent(journal: Journal, **parameters: str) -> list[str]:
    query = read_query({"site": "tst", **parameters}, now=time.time())
    return [found.message for found in journal.reader.recent(query)[0]]


def test_ids_go_up_by_one_from_the_first_message_on(journal: Journal) -> None:
    assert journal.append([message()]) == [1]
    assert journal.append([message(), message()]) == [2, 3]
    assert journal.reader.end().id == 3


def test_two_messages_with_the_same_site_second_and_text_are_two_messages(journal: Journal) -> None:
    same = message("same", timestamp=int(time.time()))
    assert len({*journal.append([same]), *journal.append([same])}) == 2
    assert recent(journal) == ["same", "same"]


def test_a_message_comes_back_as_it_was_stored(journal: Journal) -> None:
    sent = message("\nnull \ufffd 😀 ' % :x \\", site="a.b-c_1", log_level="critical", timestamp=-5)
    journal.append([sent])
    (found,) = journal.reader.after(Cursor(0), 1000)
    assert (found.site, found.message, found.log_level, found.timestamp) == sent[:4]


def test_recent_is_chronological_whatever_the_order_of_arrival(journal: Journal) -> None:
    now = int(time.time())
    journal.append([message("late", timestamp=now), message("early", timestamp=now - 60)])
    journal.append([message("late too", timestamp=now)])
    assert recent(journal) == ["early", "late", "late too"]


def test_recent_returns_only_matching_messages(journal: Journal) -> None:
    now = int(time.time())
    journal.append(
        [
            message("yesterday", timestamp=now - 2 * DAY_S),
            message("elsewhere", site="other"),
            message("bad", log_level="error"),
            message("good"),
        ]
    )
    assert recent(journal) == ["bad", "good"]
    assert recent(journal, after_time=str(now - 2 * DAY_S)) == ["yesterday", "bad", "good"]
    assert recent(journal, after_time=str(now - 2 * DAY_S + 0.5), limit="9") == ["yesterday", "bad", "good"]
    assert recent(journal, log_level="ERR,fatal") == ["bad"]
    assert recent(journal, site="other,tst", after_id="1") == ["elsewhere", "bad", "good"]


def test_a_limit_keeps_the_newest_and_says_so(journal: Journal) -> None:
    journal.append([message(str(number)) for number in range(5)])
    query = read_query({"site": "tst", "limit": "2"}, now=time.time())
    found, truncated = journal.reader.recent(query)
    assert ([each.message for each in found], truncated) == (["3", "4"], True)
    assert journal.reader.recent(query._replace(limit=5))[1] is False


def test_expired_messages_are_never_read_even_before_they_are_deleted(
    journal: Journal, database: Database
) -> None:
    journal.append([message("old"), message("new")])
    age(database, 8 * DAY_S, message="old")
    journal = open_journal(database, ttl=7 * DAY_S)  # without the tail in memory, which has the real times
    assert recent(journal) == ["new"]
    assert [found.message for found in journal.reader.after(Cursor(0), 1000)] == ["new"]


def test_messages_that_arrive_together_are_committed_together_each_with_its_own_id(journal: Journal) -> None:
    arrivals = [eventloop.spawn(journal.append, [message(str(number))]) for number in range(50)]
    assert [arrival.wait() for arrival in arrivals] == [[number + 1] for number in range(50)]
    assert [found.message for found in journal.reader.after(Cursor(0), 1000)] == [
        str(number) for number in range(50)
    ]


def test_a_single_message_waits_for_at_most_one_large_array(journal: Journal) -> None:
    many = [eventloop.spawn(journal.append, [message()] * 500) for _ in range(3)]
    one = eventloop.spawn(journal.append, [message("one")])
    (mine,) = one.wait()
    assert [mine < ids[0] for ids in (arrival.wait() for arrival in many)][1:] == [True, True]


def test_a_message_that_the_database_rejects_fails_alone(journal: Journal) -> None:
    """No request can contain such a message; if one did, concurrent messages would not be affected."""
    good, bad, also_good = (
        eventloop.spawn(journal.append, [each]) for each in (message(), message(timestamp=2**70), message())
    )
    assert (good.wait(), also_good.wait()) == ([1], [2])
    with pytest.raises((OverflowError, sa.exc.DBAPIError)):
        bad.wait()


def test_a_uuid_that_was_stored_before_returns_its_id(journal: Journal) -> None:
    assert journal.append([message("a", uuid="1")]) == [1]
    assert journal.append([message("b", uuid="2"), message("a", uuid="1"), message("c")]) == [2, 1, 3]
    assert journal.append([message("elsewhere", site="other", uuid="1")]) == [4]
    assert [found.message for found in journal.reader.after(Cursor(0), 1000)] == ["a", "b", "c", "elsewhere"]


def test_a_uuid_twice_at_the_same_moment_is_one_message(journal: Journal) -> None:
    arrivals = [eventloop.spawn(journal.append, [message("x", uuid="same")]) for _ in range(10)]
    assert [arrival.wait() for arrival in arrivals] == [[1]] * 10
    assert journal.append([message("next")]) == [2], "no id is wasted"


def test_what_arrives_together_is_committed_together(tmp_path: Path) -> None:
    database = at(f"sqlite:///{tmp_path}/x.db")
    database.prepare()
    journal = open_journal(database, ttl=60)
    arrivals = [eventloop.spawn(journal.append, [message(str(number))]) for number in range(50)]
    assert sorted(arrival.wait() for arrival in arrivals) == [[number + 1] for number in range(50)]
    assert 1 <= sum(journal.groups.counts) <= 3
    database.close()


def test_what_is_said_of_a_silence_is_stored_only_while_the_site_has_said_nothing_else(
    journal: Journal,
) -> None:
    silence = message("silent", uuid="userstatus:silence:1", notice=Notice("silence"))
    journal.append([message("last"), message("elsewhere", site="other")])
    journal.append([message("muted", notice=Notice("mute"))])
    assert journal.append_unless_spoken(silence, last_id=1) == 4
    assert journal.append_unless_spoken(silence, last_id=1) == 4, "again, as by another process"
    assert journal.append([message("speaks again")]) == [5]
    assert journal.append_unless_spoken(message("silent", uuid="userstatus:silence:2"), last_id=2) is None
    assert journal.append([message("next")]) == [6], "no id is wasted"
