"""Every site at a summary, counted message by message."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.messages import stored
from userstatus.live import statistics as module
from userstatus.live.statistics import MAX_TEXT_CHARS, MINUTE_S, Statistics
from userstatus.message import Cursor, Message
from userstatus.store.expiry import DAY_S, Expiry

HOUR_S = 3600
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
    found = statistics(
        ago(1, age + 2 * MINUTE_S), ago(2, age + 2 * MINUTE_S, site="silent"), ago(3, 1), ttl=ttl
    )
    (summary,) = found.summaries(["*"])
    assert (summary.site, summary.counts["info"]) == ("tst", 1)


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


def test_what_the_log_has_is_taken_in_in_place_of_all_that_was_known() -> None:
    found = statistics(ago(1, 1, site="before"))
    minute = int(NOW) // MINUTE_S
    found.reader = cast(
        Any,
        SimpleNamespace(
            expiry=Expiry(DAY_S, lambda: NOW),
            newest=lambda *_: [ago(9, 1, site="b"), ago(8, 1, site="a")],
            minutes=lambda *_: [
                SimpleNamespace(site="a", log_level="info", minute=minute, count=3),
                SimpleNamespace(site="b", log_level="error", minute=minute, count=2),
                SimpleNamespace(site="gone", log_level="info", minute=minute, count=1),
            ],
        ),
    )
    found.load(Cursor(9))
    assert [(summary.site, sum(summary.counts.values())) for summary in found.summaries(["*"])] == [
        ("a", 3),
        ("b", 2),
    ]
