"""Every site at a summary, counted message by message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.messages import stored
from userstatus.live import statistics as module
from userstatus.live.statistics import MAX_TEXT_CHARS, Statistics
from userstatus.message import Cursor, Message
from userstatus.notice import Notice
from userstatus.store.expiry import DAY_S, Expiry
from userstatus.store.overview import MINUTE_S, QUARTER_S, Count

HOUR_S = 3600
WEEK_S = 7 * DAY_S
NOW = 1_700_000_000.0


def statistics(*messages: Message, ttl: float = 7 * DAY_S) -> Statistics:
    found = Statistics(cast(Any, SimpleNamespace(expiry=Expiry(ttl, lambda: NOW))))
    for message in messages:
        found.add(message)
    return found


def ago(id: int, seconds: float, text: str = "x", **fields: Any) -> Message:
    return stored(id, text, received_at=NOW - seconds, **fields)


def test_levels_are_counted_and_the_last_message_is_shown() -> None:
    (summary,) = statistics(ago(1, 9, log_level="error"), ago(2, 5), ago(3, 1, "last")).summaries(["tst"])
    assert (summary.last.message, summary.counts["error"], summary.counts["info"]) == ("last", 1, 2)


def test_sites_come_in_the_order_of_their_codes_and_only_those_asked_for() -> None:
    found = statistics(*(ago(id, 1, site=site) for id, site in enumerate("cab", 1)))
    assert [summary.site for summary in found.summaries(["*"])] == ["a", "b", "c"]
    assert [summary.site for summary in found.summaries(["c", "a", "none"])] == ["a", "c"]


@pytest.mark.parametrize(("ttl", "age"), [(7 * DAY_S, DAY_S), (HOUR_S, HOUR_S)])
def test_nothing_is_counted_that_is_older_than_a_day_or_has_expired(ttl: float, age: float) -> None:
    found = statistics(ago(1, age + 2 * MINUTE_S), ago(2, 1), ttl=ttl)
    (summary,) = found.summaries(["*"])
    assert (summary.site, summary.counts["info"]) == ("tst", 1)


def test_a_silent_site_is_there_for_as_long_as_its_messages_live_with_nothing_in_its_last_day() -> None:
    found = statistics(ago(1, WEEK_S + 1, site="gone"), ago(2, WEEK_S - 1, site="silent"), ago(3, 1))
    silent, talking = found.summaries(["*"])
    assert (silent.site, silent.last.id, sum(silent.counts.values())) == ("silent", 2, 0)
    assert (talking.site, talking.counts["info"]) == ("tst", 1)
    assert sum(found.history(["silent"], HOUR_S).counts["info"]) == 1


def test_messages_are_counted_together_and_at_the_latest_when_somebody_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)
    found = statistics(ago(1, 3), ago(2, 3))
    assert (len(found._uncounted), found._sites) == (2, {})
    found.add(ago(3, 2))
    assert (found._uncounted, list(found._sites)) == ([], ["tst"])
    found.add(ago(4, 1))
    assert next(found.summaries(["tst"])).counts["info"] == 4
    found.add(ago(5, 1))
    assert sum(found.activity("tst", HOUR_S).counts["info"]) == 5
    found.add(ago(6, 1))
    assert sum(found.history(["tst"], HOUR_S).counts["info"]) == 6


def test_what_a_list_under_way_has_not_reached_is_counted_when_it_is_read() -> None:
    found = statistics(ago(1, 2, site="a"), ago(2, 2, site="b"))
    listed = found.summaries(["*"])
    assert next(listed).site == "a"
    found.add(ago(3, 1, site="b"))
    assert next(listed).last.id == 3


def test_of_a_site_that_is_silent_for_a_day_no_minutes_are_kept() -> None:
    found = statistics(ago(1, DAY_S + 1, site="silent"), ago(2, 1))
    assert len(list(found.summaries(["*"]))) == 2
    assert (list(found._talking), found._sites["silent"].minutes.by_minute) == (["tst"], {})


def test_the_newest_message_of_each_alarming_level_is_there_for_as_long_as_it_lives() -> None:
    (summary,) = statistics(
        ago(1, WEEK_S + 9, log_level="critical"),
        ago(2, WEEK_S - 9, "x" * 2 * MAX_TEXT_CHARS, log_level="error"),
        ago(3, 5, "earlier", log_level="warning"),
        ago(4, 4, "later", log_level="warning"),
        ago(5, 1),
    ).summaries(["tst"])
    assert {level: each.id for level, each in summary.latest.items()} == {"error": 2, "warning": 4}
    assert summary.latest["error"].message == "x" * (MAX_TEXT_CHARS - 1) + "…"


def test_delays_of_the_last_five_minutes_are_there_with_the_oldest_first() -> None:
    late = [ago(id, 60 * (10 - id), timestamp=int(NOW) - 60 * (10 - id) - id * 60) for id in range(1, 8)]
    late.insert(3, ago(3, 60 * 7, timestamp=int(NOW)))  # in the same minute as the one after it
    late.append(ago(8, 0, timestamp=int(NOW) + 7200))
    (summary,) = statistics(*late).summaries(["tst"])
    assert summary.delays == (240, 300, 360, 420, -7200)


def test_a_history_has_the_sites_together_from_the_ttl_to_now() -> None:
    found = statistics(
        ago(1, WEEK_S - 1, site="a"),
        ago(2, 2 * DAY_S, site="b", log_level="error"),
        ago(3, 0, site="a"),
        ago(4, 0, site="c"),
    )
    for sites, infos, errors in ((["*"], 3, 1), (["a", "b"], 2, 1), (["a"], 2, 0), (["none"], 0, 0)):
        history = found.history(sites, QUARTER_S)
        assert (sum(history.counts["info"]), sum(history.counts["error"])) == (infos, errors)
    every = found.history(["*"], HOUR_S)
    assert (every.start % HOUR_S, every.start <= NOW - WEEK_S < every.start + HOUR_S) == (0, True)
    assert {len(bars) for bars in every.counts.values()} == {7 * 24 + 1}
    assert (every.counts["info"][0], every.counts["info"][-1]) == (1, 2)
    assert every.counts["error"].index(1) == len(every.counts["error"]) - 1 - 48


def test_a_history_is_of_at_most_31_days() -> None:
    found = statistics(ago(1, 32 * DAY_S), ago(2, 30 * DAY_S), ttl=100 * DAY_S)
    history = found.history(["*"], DAY_S)
    assert (len(history.counts["info"]), sum(history.counts["info"])) == (32, 1)


def test_activity_is_parted_into_steps_up_to_now() -> None:
    activity = statistics(ago(1, 3 * HOUR_S), ago(2, 0), ago(3, 0)).activity("tst", HOUR_S)
    assert (activity.step, activity.start % HOUR_S, len(activity.counts["info"])) == (HOUR_S, 0, 24)
    assert (activity.counts["info"][20], activity.counts["info"][23]) == (1, 2)
    assert sum(statistics().activity("none", HOUR_S).counts["info"]) == 0


def test_a_message_from_the_future_counts_as_one_of_now() -> None:
    assert statistics(ago(1, -DAY_S)).activity("tst", HOUR_S).counts["info"][-1] == 1


def test_of_a_long_text_the_beginning_is_kept() -> None:
    (summary,) = statistics(ago(1, 1, "x" * 2 * MAX_TEXT_CHARS)).summaries(["*"])
    assert summary.last.message == "x" * (MAX_TEXT_CHARS - 1) + "…"


def test_of_too_many_sites_the_one_that_was_silent_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_SITES", 2)
    found = statistics(*(ago(id, 10 - id, site=site) for id, site in enumerate("abac", 1)))
    assert [summary.site for summary in found.summaries(["*"])] == ["a", "c"]


class Known:
    """An overview of a log: of two sites, and of a third one whose messages are gone meanwhile."""

    def __init__(self, *_: object) -> None:
        self.errors = [ago(8, 1, site="a", log_level="error"), ago(7, 1, site="gone", log_level="error")]

    def counts(self, _seconds: float) -> list[Count]:
        now, old = int(NOW) // MINUTE_S * MINUTE_S, (int(NOW) - 2 * DAY_S) // QUARTER_S * QUARTER_S
        return [
            Count("a", "info", old, QUARTER_S, 5),
            Count("a", "info", now, MINUTE_S, 3),
            Count("b", "error", now, MINUTE_S, 2),
            Count("gone", "info", now, MINUTE_S, 1),
        ]

    def newest(self, _limit: int) -> list[tuple[Message, tuple[int, ...]]]:
        return [(ago(8, 1, site="a"), (1, 2)), (ago(9, 1, site="b"), (3,))]

    def latest(self, _levels: object) -> list[Message]:
        return self.errors

    def notices(self) -> list[Message]:
        return [ago(9, 1, site=site, notice=Notice("mute")) for site in ("b", "gone")]


def test_what_the_log_has_is_taken_in_in_place_of_all_that_was_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "Overview", Known)
    found = statistics(ago(1, 1, site="before"))
    found.load(Cursor(9))
    first, second = found.summaries(["*"])
    assert (first.site, first.counts["info"], first.delays, list(first.latest)) == ("a", 3, (1, 2), ["error"])
    assert (second.site, second.counts["error"], second.delays, second.latest) == ("b", 2, (3,), {})
    assert (first.mute, second.mute) == (None, Notice("mute"))
    assert sum(found.history(["a"], QUARTER_S).counts["info"]) == 8
