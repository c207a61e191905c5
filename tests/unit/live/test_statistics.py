"""Every site at a glance, counted message by message."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.messages import stored
from userstatus import overview as module
from userstatus.cursor import Cursor
from userstatus.overview import MAX_TEXT, MINUTE, Overview
from userstatus.wire import DAY, Stored

HOUR = 3600


def overview(*messages: Stored, ttl: float = 7 * DAY) -> Overview:
    found = Overview(cast(Any, SimpleNamespace(ttl=ttl)))
    for message in messages:
        found.add(message)
    return found


def ago(id: int, seconds: float, text: str = "x", **fields: Any) -> Stored:
    return stored(id, text, received_at=time.time() - seconds, **fields)


def test_levels_are_counted_and_the_last_message_is_shown() -> None:
    (glance,) = overview(ago(1, 9, log_level="error"), ago(2, 5), ago(3, 1, "last")).glances(["tst"])
    assert (glance.last.message, glance.counts["error"], glance.counts["info"]) == ("last", 1, 2)


def test_sites_come_in_the_order_of_their_codes_and_only_those_asked_for() -> None:
    found = overview(*(ago(id, 1, site=site) for id, site in enumerate("cab", 1)))
    assert [glance.site for glance in found.glances(["*"])] == ["a", "b", "c"]
    assert [glance.site for glance in found.glances(["c", "a", "none"])] == ["a", "c"]


@pytest.mark.parametrize(("ttl", "age"), [(7 * DAY, DAY), (HOUR, HOUR)])
def test_nothing_is_counted_that_is_older_than_a_day_or_has_expired(ttl: float, age: float) -> None:
    found = overview(ago(1, age + 2 * MINUTE), ago(2, age + 2 * MINUTE, site="silent"), ago(3, 1), ttl=ttl)
    (glance,) = found.glances(["*"])
    assert (glance.site, glance.counts["info"]) == ("tst", 1)


def test_activity_is_parted_into_steps_up_to_now() -> None:
    activity = overview(ago(1, 3 * HOUR), ago(2, 0), ago(3, 0)).activity("tst", HOUR)
    assert (activity.step, activity.start % HOUR, len(activity.counts["info"])) == (HOUR, 0, 24)
    assert (activity.counts["info"][20], activity.counts["info"][23]) == (1, 2)
    assert sum(overview().activity("none", HOUR).counts["info"]) == 0


def test_a_message_from_the_future_counts_as_one_of_now() -> None:
    assert overview(ago(1, -DAY)).activity("tst", HOUR).counts["info"][-1] == 1


def test_of_a_long_text_the_beginning_is_kept() -> None:
    (glance,) = overview(ago(1, 1, "x" * 2 * MAX_TEXT)).glances(["*"])
    assert glance.last.message == "x" * (MAX_TEXT - 1) + "…"


def test_of_too_many_sites_the_one_that_was_silent_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_SITES", 2)
    found = overview(*(ago(id, 10 - id, site=site) for id, site in enumerate("abac", 1)))
    assert [glance.site for glance in found.glances(["*"])] == ["a", "c"]


def test_what_the_log_has_is_taken_in_in_place_of_all_that_was_known() -> None:
    found = overview(ago(1, 1, site="before"))
    minute = int(time.time()) // MINUTE
    found.reader = cast(
        Any,
        SimpleNamespace(
            ttl=DAY,
            newest=lambda *_: [ago(9, 1, site="b"), ago(8, 1, site="a")],
            minutes=lambda *_: [
                ("a", "info", minute, 3),
                ("b", "error", minute, 2),
                ("gone", "info", minute, 1),
            ],
        ),
    )
    found.load(Cursor(9))
    assert [(glance.site, sum(glance.counts.values())) for glance in found.glances(["*"])] == [
        ("a", 3),
        ("b", 2),
    ]
