"""The statistics: an overview of every site for the last 24 hours."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.databases import open_journal, open_reader
from tests.support.filled import filled
from tests.support.messages import age, message
from tests.support.service import Service, running, wait_until
from userstatus.live.statistics import MAX_TEXT_CHARS, Statistics
from userstatus.message import LEVELS, Cursor, Message
from userstatus.notice import Notice
from userstatus.store.database import Database
from userstatus.store.expiry import DAY_S
from userstatus.store.journal import Journal

HOUR = 3600


@pytest.fixture
def journal(database: Database) -> Journal:
    return open_journal(database, ttl=7 * DAY_S)


def loaded(journal: Journal) -> Statistics:
    statistics = Statistics(journal.reader)
    statistics.load(journal.reader.end())
    return statistics


def told(journal: Journal) -> Statistics:
    """The same, as collected by a follower, message by message."""
    statistics = Statistics(journal.reader)
    for each in journal.reader.after(Cursor(0), 1000):
        statistics.add(each)
    return statistics


@pytest.mark.parametrize("make", [loaded, told])
def test_every_site_is_there_with_its_last_message_and_its_counts(journal: Journal, make: Any) -> None:
    journal.append([message("a"), message("b", log_level="error"), message("c", site="aro1")])
    first, second = make(journal).summaries(["*"])
    assert (first.site, first.last.message) == ("aro1", "c")
    assert (second.site, second.last.message) == ("tst", "b")
    assert second.counts == {"debug": 0, "info": 1, "warning": 0, "error": 1, "critical": 0}
    assert [summary.site for summary in make(journal).summaries(["tst", "mrc1"])] == ["tst"]


@pytest.mark.parametrize("make", [loaded, told])
def test_activity_is_counted_by_level_from_step_to_step(
    journal: Journal, database: Database, make: Any
) -> None:
    journal.append([message("old"), message("new", log_level="error"), message("lately")])
    age(database, 3 * HOUR, message="old")
    journal = open_journal(database, ttl=7 * DAY_S)  # without the earlier times in its memory
    start, step, counts = make(journal).activity("tst", HOUR)
    assert (start % HOUR, step) == (0, HOUR)
    assert start <= time.time() - DAY_S + HOUR
    assert {level: len(bars) for level, bars in counts.items()} == dict.fromkeys(counts, 24)
    assert (counts["info"][20], sum(counts["info"])) == (1, 2)
    assert sum(counts["error"]) == 1


@pytest.mark.parametrize("make", [loaded, told])
def test_messages_older_than_a_day_are_not_counted_but_their_site_is_there(
    journal: Journal, database: Database, make: Any
) -> None:
    journal.append([message("silent", site="aro1"), message("yesterday"), message("today")])
    age(database, DAY_S + 120, message="silent")
    age(database, DAY_S + 120, message="yesterday")
    statistics = make(open_journal(database, ttl=7 * DAY_S))
    silent, talking = statistics.summaries(["*"])
    assert (silent.site, silent.last.message, sum(silent.counts.values())) == ("aro1", "silent", 0)
    assert (talking.site, talking.counts["info"]) == ("tst", 1)
    history = statistics.history(["*"], HOUR)
    assert (sum(history.counts["info"][:-23]), sum(history.counts["info"][-23:])) == (2, 1)


@pytest.mark.parametrize("make", [loaded, told])
def test_the_newest_alarms_and_the_last_delays_are_there(
    journal: Journal, database: Database, make: Any
) -> None:
    now = int(time.time())
    for number in range(7):
        journal.append([message(str(number), log_level="error", timestamp=now - 100 * number)])
    journal.append([message("bad", log_level="critical", site="aro1"), message("fine")])
    first, second = make(open_journal(database, ttl=7 * DAY_S)).summaries(["*"])
    assert {level: each.message for level, each in first.latest.items()} == {"critical": "bad"}
    assert {level: each.message for level, each in second.latest.items()} == {"error": "6"}
    assert [round(delay, -2) for delay in second.delays] == [0]  # that of the last one, as all came together


@pytest.mark.parametrize("make", [loaded, told])
def test_what_the_service_says_counts_but_is_not_said_by_the_site(journal: Journal, make: Any) -> None:
    now = int(time.time())
    later, past = Notice("mute", until=now + 3600), Notice("mute", until=now - 1)
    silence = Notice("silence", since=now)
    said: list[tuple[str, Notice | None]] = [
        *(("silent", each) for each in (None, past, later, past, later, silence)),
        *(("back", each) for each in (None, silence, None)),
        *(("told", each) for each in (None, silence, None, silence, None, Notice("recovery"))),
        *(("unmuted", each) for each in (None, later, Notice("unmute"))),
        *(("muted", each) for each in (later, past)),
        ("expired", silence),
    ]
    journal.append(
        [message(f"{n}", site, timestamp=now - 60, log_level="error", notice=notice)
         for n, (site, notice) in enumerate(said)]
    )  # fmt: skip
    found = {each.site: each for each in make(journal).summaries(["*"])}
    assert {site: (each.silence, each.mute) for site, each in found.items()} == {
        "silent": (silence, later),
        "back": (None, None),
        "told": (None, None),
        "unmuted": (None, None),
        "muted": (None, None),
        "expired": (silence, None),
    }
    assert [found[site].last.message for site in ("silent", "back", "muted")] == ["0", "8", "19"]
    assert [len(found[site].delays) for site in ("silent", "muted")] == [1, 0]
    assert [found[site].latest["error"].message for site in ("silent", "back", "muted")] == ["0", "8", "19"]
    assert found["silent"].counts["error"] == 6


@pytest.mark.parametrize("make", [loaded, told])
def test_nothing_that_has_expired_is_in_it(journal: Journal, database: Database, make: Any) -> None:
    journal.append([message("gone", site="aro1"), message("old", log_level="error"), message("new")])
    for text in ("gone", "old"):
        age(database, 3 * HOUR, message=text)
    statistics = make(open_journal(database, ttl=2 * HOUR))
    (summary,) = statistics.summaries(["*"])
    assert (summary.site, summary.latest) == ("tst", {})
    assert sum(sum(bars) for bars in statistics.history(["*"], 900).counts.values()) == 1


def test_a_log_that_is_longer_than_what_is_read_at_a_time_is_counted_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("userstatus.store.overview.PART", 7)
    monkeypatch.setattr("userstatus.store.overview.PAGE", 2)
    journal = open_journal(database, ttl=7 * DAY_S)
    for text, count in (("old", 20), ("new", 30)):
        journal.append([message(text, site=f"s{n % 5}", log_level=LEVELS[n % 3 + 1]) for n in range(count)])
    age(database, 2 * DAY_S, message="old")
    journal = open_journal(database, ttl=7 * DAY_S)
    found, expected = loaded(journal), told(journal)
    assert list(found.summaries(["*"])) == list(expected.summaries(["*"]))
    assert found.history(["s1", "s2"], 900) == expected.history(["s1", "s2"], 900)
    assert sum(sum(bars) for bars in found.history(["*"], 900).counts.values()) == 50


def test_an_overview_up_to_an_id_goes_on_from_there_without_counting_twice(journal: Journal) -> None:
    journal.append([message("before"), message("after")])
    statistics = Statistics(journal.reader)
    statistics.load(Cursor(1))
    assert next(statistics.summaries(["*"])).last.message == "before"
    for each in journal.reader.after(Cursor(1), 10):
        statistics.add(each)
    (summary,) = statistics.summaries(["*"])
    assert (summary.last.message, summary.counts["info"]) == ("after", 2)


def test_messages_dated_in_the_future_by_a_clock_that_was_ahead_count_as_of_now(
    journal: Journal, database: Database
) -> None:
    journal.append([message("from tomorrow")])
    age(database, -DAY_S, message="from tomorrow")
    counts = loaded(open_journal(database, ttl=7 * DAY_S)).activity("tst", HOUR).counts
    assert counts["info"][-1] == 1


def test_a_long_text_is_not_kept_whole(journal: Journal) -> None:
    journal.append([message("x" * 10_000)])
    for make in (loaded, told):
        (summary,) = make(journal).summaries(["*"])
        assert (len(summary.last.message), summary.last.message[-2:]) == (MAX_TEXT_CHARS, "x…")


def test_of_too_many_sites_the_longest_silent_ones_are_forgotten(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("userstatus.live.statistics.MAX_SITES", 3)
    journal.append([message("x", site=site) for site in ("c", "b", "a", "c", "d")])
    for make in (loaded, told):
        assert [summary.site for summary in make(journal).summaries(["*"])] == ["a", "c", "d"]


def summaries(service: Service, **parameters: Any) -> Any:
    return requests.get(f"{service.url}/sites", parameters, timeout=5).json()


def test_a_service_knows_the_same_after_a_restart(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path) as service:
        last = service.post(site="tst", log_message="Slewing", log_level="error").json()["id"]
        wait_until(lambda: summaries(service), "the message is counted")
        before = summaries(service, activity=HOUR)
        service.kill()
        service.start()
        (after,) = summaries(service, activity=HOUR)
        assert [after] == before
        assert after["last"]["id"] == last
        assert set(after["activity"]) == {"start", "step", "counts"}
        assert (after["latest"]["error"]["message"], len(after["delays"])) == ("Slewing", 1)
        assert sum(after["activity"]["counts"]["error"]) == 1
        response = requests.get(f"{service.url}/sites?site=none", timeout=5)
        assert (response.json(), response.headers["X-Last-Id"]) == ([], str(last))


def test_the_activity_of_sites_together_is_that_of_the_whole_log(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path) as service:
        for site in ("a", "b", "c"):
            last = service.post(site=site, log_message="x", log_level="warning").json()["id"]
        wait_until(lambda: len(summaries(service)) == 3, "the messages are counted")
        for query, count in (("", 3), ("?site=a,b&step=3600", 2), ("?site=a&site=c", 2), ("?site=none", 0)):
            response = requests.get(f"{service.url}/activity{query}", timeout=5)
            found = response.json()
            assert set(found) == {"start", "step", "counts"}
            assert (sum(found["counts"]["warning"]), found["counts"]["warning"][-1]) == (count, count)
            assert response.headers["X-Last-Id"] == str(last)
            assert response.headers["X-Cursor"].startswith(f"{last}-")
        wrong = requests.get(f"{service.url}/activity?step=60", timeout=5)
        assert (wrong.status_code, wrong.json()["field"]) == (400, "step")


def test_expired_messages_are_in_no_overview(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, MESSAGE_TTL="1h") as service:
        service.post(site="expired", log_message="x")
        wait_until(lambda: summaries(service), "the message is counted")
        with service.away() as database:
            age(database, 2 * HOUR)
        service.post(site="tst", log_message="x")
        wait_until(lambda: summaries(service, site="tst"), "another one is counted")
        assert [each["site"] for each in summaries(service)] == ["tst"]


def test_a_long_list_of_sites_is_sent_as_it_is_made(tmp_path: Path) -> None:
    count = 3_000
    with running(filled(tmp_path / "x.db", count, sites=count), tmp_path) as service:
        last = service.post(site="site7", log_message="last").json()["id"]
        wait_until(
            lambda: (
                requests.get(f"{service.url}/sites?site=site7", timeout=5).json()[0]["last"]["id"] == last
            ),
            "it is delivered",
        )
        response = requests.get(f"{service.url}/sites?activity=900", timeout=30)
        found = response.json()
        assert response.headers["Transfer-Encoding"] == "chunked", "nobody waits for all of it"
        assert response.headers["X-Last-Id"] == str(last)
        assert [each["site"] for each in found] == sorted(["tst", *(f"site{n}" for n in range(1, count))])
        assert all(sum(sum(bars) for bars in each["activity"]["counts"].values()) >= 1 for each in found)
        few = requests.get(f"{service.url}/sites?site=site7,site8&activity=900", timeout=5)
        assert (len(few.json()), int(few.headers["Content-Length"])) == (2, len(few.content))
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as old:
            old.sendall(b"GET /sites HTTP/1.0\r\nHost: x\r\n\r\n")
            _, _, body = b"".join(iter(lambda: old.recv(1 << 16), b"")).partition(b"\r\n\r\n")
            assert len(json.loads(body)) == count


def test_sites_that_fall_silent_are_forgotten_a_few_at_a_time(database: Database) -> None:
    statistics = Statistics(open_reader(database, ttl=DAY_S))
    now = time.time()
    for number in range(50):
        statistics.add(Message(number, f"old{number}", "x", "info", 0, now - 2 * DAY_S))
    for number in range(50, 100):
        statistics.add(Message(number, f"new{number}", "x", "info", 0, now))
    assert [summary.site for summary in statistics.summaries(["*"])] == [
        f"new{number}" for number in range(50, 100)
    ]
    assert len(statistics._sites) == len(statistics._codes) == 50
