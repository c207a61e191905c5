"""What the log says of every site at the start."""

from __future__ import annotations

import time

import pytest

from tests.support.databases import open_journal, open_reader
from tests.support.messages import age, message, stored
from userstatus.notice import Notice
from userstatus.store import overview as module
from userstatus.store.database import Database
from userstatus.store.expiry import DAY_S
from userstatus.store.overview import MINUTE_S, QUARTER_S, Overview


@pytest.fixture(params=[1, 3, 50_000])
def overview(
    sqlite_database: Database, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Overview:
    """Of three sites: an expired message, two of days ago, three of the last minutes, and two notices."""
    monkeypatch.setattr(module, "PART", request.param)
    journal, now = open_journal(sqlite_database, ttl=60 * DAY_S), int(time.time())
    messages = [
        message("expired"),
        message("very old", "a", log_level="critical"),
        message("old", "a", log_level="error"),
        message("first", "b", log_level="warning", timestamp=now - 300),
        message("second", "b", log_level="warning", timestamp=now - 120),
        message("third", "b", timestamp=now + 60),
    ]
    journal.append(messages)
    journal.append([message("a notice", "b", log_level="warning", notice=Notice("mute"))])
    journal.append([message("a notice alone", "c", notice=Notice("mute"))])
    for text, days in (("expired", 70), ("very old", 40), ("old", 3), ("first", 120 / DAY_S)):
        age(sqlite_database, days * DAY_S, message=text)
    return Overview(open_reader(sqlite_database, ttl=60 * DAY_S), up_to_id=8)


def test_the_last_day_is_counted_by_minute_and_what_is_older_by_quarter(overview: Overview) -> None:
    found = [(each.site, each.log_level, each.step) for each in overview.counts(31 * DAY_S)]
    assert found[0] == ("a", "error", QUARTER_S), "what is older than 31 days is not counted"
    assert set(found[1:]) == {
        (site, level, MINUTE_S) for site, level in (("b", "warning"), ("b", "info"), ("c", "info"))
    }
    assert sum(each.number for each in overview.counts(31 * DAY_S)) == 6
    assert all(each.start % each.step == 0 for each in overview.counts(31 * DAY_S))


def test_every_site_has_its_newest_message_and_the_last_delay_of_each_minute(overview: Overview) -> None:
    list(overview.counts(31 * DAY_S))
    first, second, third = overview.newest(10)
    assert (first[0].message, len(first[1])) == ("old", 2)
    assert (second[0].message, [round(delay, -1) for delay in second[1]]) == ("third", [180, -60])
    assert (third[0].message, third[1]) == ("a notice alone", ()), "as there is nothing else"
    assert [newest.message for newest, _ in overview.newest(1)] == ["a notice alone"]


def test_the_newest_messages_of_alarming_levels_are_found_however_old(overview: Overview) -> None:
    list(overview.counts(31 * DAY_S))
    found = overview.latest(["critical", "error", "warning"])
    assert [each.message for each in found] == ["very old", "old", "second"]


def test_notices_are_read_in_order_and_so_is_what_followed_a_silence(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NOTICES_PAGE", 2)
    journal = open_journal(sqlite_database, ttl=DAY_S)
    said = [("a", None), ("a", "silence"), ("b", "silence"), ("a", None), ("a", "mute"), ("a", None)]
    said += [("b", None), ("b", "recovery"), ("c", "silence"), ("d", "silence"), ("d", None)]
    journal.append(
        [message(str(id), site, notice=kind and Notice(kind)) for id, (site, kind) in enumerate(said, 1)]
    )
    overview = Overview(journal.reader, up_to_id=10)
    found = list(overview.notices())
    assert [each.id for each in found] == [2, 3, 5, 8, 9, 10]
    newest = [stored(id, site=site) for site, id in (("a", 6), ("b", 7), ("d", 11))]
    assert [each.id for each in overview.answers(found, newest)] == [4, 11], "b is done, and c still silent"
    age(sqlite_database, DAY_S + 1)
    assert list(overview.notices()) == []
