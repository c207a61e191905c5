"""What waits for one channel, and when it is tried again."""

from __future__ import annotations

import json

from tests.support.notices import NIGHT, Night
from userstatus.duty.lines import Line, Lines
from userstatus.duty.outbox import MAX_RETRY_S, Outbox

PLACE = "alerts[1].to[1]"


def filled(*texts: str) -> Outbox:
    outbox = Outbox(PLACE)
    outbox.put(Lines([Line.of(Night().says(0, text)) for text in texts]))
    return outbox


def texts(outbox: Outbox) -> list[str]:
    return [line.text for line in outbox.begin().listed]


def test_what_is_being_sent_is_saved_until_it_is_sent() -> None:
    outbox = filled("a")
    assert texts(outbox) == ["a"]
    assert not outbox.is_due(NIGHT), "one call at a time"
    outbox.put(Lines([Line.of(Night().says(1, "b"))]))
    assert texts(Outbox(PLACE, json.loads(json.dumps(outbox.as_json())))) == ["a", "b"]
    outbox.sent()
    assert texts(outbox) == ["b"]


def test_pauses_between_attempts_grow_to_a_limit_and_nothing_is_lost_meanwhile() -> None:
    outbox, now, pauses = filled("a"), float(NIGHT), []
    for _ in range(9):
        outbox.begin()
        outbox.failed(now, "HTTP 500")
        before = now
        while not outbox.is_due(now):
            now += 1
        pauses.append(now - before)
    assert pauses[:4] == sorted(pauses[:4])
    assert 7 <= pauses[0] <= 13
    assert MAX_RETRY_S * 0.75 <= pauses[-1] <= MAX_RETRY_S * 1.25 + 1
    assert texts(outbox) == ["a"]


def test_that_it_fails_is_told_once_after_some_attempts_and_then_that_it_works_again() -> None:
    outbox = filled("a")
    for attempt in range(4):
        assert outbox.keeps_failing(NIGHT + attempt) is (attempt == 3)
        if attempt < 3:
            outbox.begin()
            outbox.failed(NIGHT + attempt, "HTTP 500")
    outbox.failure_is_told()
    outbox = Outbox(PLACE, outbox.as_json())
    assert (outbox.keeps_failing(NIGHT + 9999), outbox.has_recovered) == (False, False)
    outbox.begin()
    outbox.sent()
    assert outbox.has_recovered
    outbox.recovery_is_told()
    assert not outbox.has_recovered


def test_one_failure_of_long_duration_is_told_as_well_and_one_that_passes_is_not() -> None:
    outbox = filled("a")
    outbox.begin()
    outbox.failed(NIGHT, "")
    assert outbox.keeps_failing(NIGHT + 300)
    outbox.begin()
    outbox.sent()
    assert (outbox.keeps_failing(NIGHT + 300), outbox.has_recovered) == (False, False)


def test_a_channel_does_not_tell_of_itself() -> None:
    outbox = filled("a")
    line = Line.of(Night().says(0, "b"))
    outbox.put(Lines([line._replace(not_to=PLACE), line._replace(not_to="alerts[2].to[1]")]))
    assert texts(outbox) == ["a", "b"]


def test_something_worse_than_what_waits_is_a_reason_to_try_again_but_not_too_often() -> None:
    outbox, bad = filled("a"), Lines([Line.of(Night().says(0, "b", "critical"))])
    for _ in range(9):
        outbox.begin()
        outbox.failed(NIGHT, "")
    outbox.put(Lines([Line.of(Night().says(0, "c"))]))
    assert not outbox.is_due(NIGHT + 60)
    outbox.put(bad)
    assert (outbox.is_due(NIGHT + 29), outbox.is_due(NIGHT + 30)) == (False, True)
    outbox = filled("a")
    for _ in range(9):
        outbox.begin()
        outbox.failed(NIGHT, "")
    outbox.begin()
    outbox.put(bad)
    outbox.failed(NIGHT, "")
    assert outbox.is_due(NIGHT + 40), "it has come during an attempt"


def test_times_of_a_clock_that_was_ahead_do_not_lengthen_a_pause() -> None:
    outbox = filled("a")
    outbox.begin()
    outbox.failed(NIGHT + 9e6, "")
    again = Outbox(PLACE, outbox.as_json(), NIGHT)
    assert again.is_due(NIGHT + MAX_RETRY_S * 1.25)
    assert again.failing_since == NIGHT
