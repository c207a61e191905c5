"""The plan of alerts: who is called, when, and about what."""

from __future__ import annotations

import json
from typing import Any

from tests.support.notices import NIGHT, Night
from userstatus.duty.alert_plan import AlertPlan, Call, names
from userstatus.duty.config import Alert, Config
from userstatus.message import Message
from userstatus.notice import CHANNEL, MUTE, RECOVERY, SILENCE, UNMUTE

ERRORS = Alert(("json://a",), "error", silence=True, again_after=1800)


class Watch:
    """A plan, a night, and the calls that were made so far."""

    def __init__(self, *alerts: Alert) -> None:
        self.night = Night()
        self.plan = AlertPlan(Config(alerts=alerts or (ERRORS,)))
        self.made: list[Call] = []

    def see(self, *messages: Message) -> Watch:
        for message in messages:
            self.plan.see(message)
        return self

    def says(self, seconds: float, text: str, level: str = "error", **more: Any) -> Watch:
        return self.see(self.night.says(seconds, text, level, **more))

    def notes(self, seconds: float, kind: str, **more: Any) -> Watch:
        return self.see(self.night.notes(seconds, kind, **more))

    def calls(self, seconds: float) -> list[tuple[float, list[str]]]:
        """When calls were made until then, and the texts in each."""
        self.made += self.plan.due(NIGHT + seconds)
        return [(each.at - NIGHT, [line.text for line in each.lines.listed]) for each in self.made]

    def repeats(self) -> list[tuple[int, int]]:
        return [(line.times, line.period) for call in self.made for line in call.lines.listed]


def test_the_first_of_its_text_calls_at_once_and_repeats_are_counted_until_the_window_ends() -> None:
    watch = Watch().says(0, "Retry 10 of the mount")
    for number in range(2, 26):
        watch.says(number * 10, f"Retry {number + 9} of the mount")
    assert watch.calls(1000) == [(2, ["Retry 10 of the mount"])]
    assert watch.calls(1900) == [(2, ["Retry 10 of the mount"]), (1802, ["Retry 34 of the mount"])]
    assert watch.repeats() == [(1, 0), (24, 1800)]
    assert len(watch.says(4000, "Retry 10 of the mount").calls(4100)) == 3, (
        "after a quiet window, at once again"
    )


def test_what_is_less_bad_or_of_another_site_calls_nobody() -> None:
    watch = Watch(Alert(("json://a",), "error", sites=frozenset({"tst"})))
    watch.says(0, "slewing", "warning").says(1, "broken", site="mrc1").notes(2, SILENCE)
    assert watch.calls(9999) == []


def test_a_text_that_becomes_worse_calls_at_once() -> None:
    watch = Watch().says(0, "Mount").says(60, "Mount").says(120, "Mount", "critical")
    assert watch.calls(130) == [(2, ["Mount"]), (122, ["Mount"])]
    assert watch.repeats() == [(1, 0), (2, 120)]


def test_a_storm_of_different_texts_makes_a_few_calls_that_list_the_worst_and_count_the_rest() -> None:
    watch = Watch()
    for number in range(3000):
        level = "critical" if number == 2500 else "error"
        watch.says(number, f"broken: {chr(97 + number % 26)} {chr(97 + number // 26)}", level)
    calls = watch.calls(9999)
    assert [at for at, _ in calls][:7] == [2, 12, 32, 72, 152, 312, 632]
    assert len(calls) < 14
    assert [line.level for line in watch.made[7].lines.listed].count("critical") == 0
    critical = next(each for each in watch.made if "critical" in [line.level for line in each.lines.listed])
    assert critical.at == NIGHT + 2502, "what is worse does not wait"
    assert sum(len(each.lines) for each in watch.made) == 3000


def test_recovery_is_told_once_to_whom_the_silence_was_told() -> None:
    watch = Watch(ERRORS, Alert(("json://b",), "error"))
    watch.notes(0, SILENCE).notes(300, RECOVERY, log_level="info").notes(301, RECOVERY, log_level="info")
    assert watch.calls(9999) == [(2, ["a silence"]), (302, ["a recovery"])]
    assert {call.alert for call in watch.made} == {0}


def test_a_site_that_keeps_falling_silent_is_not_said_to_be_well_until_the_window_ends() -> None:
    watch = Watch()
    for start in (0, 600, 1200):
        watch.notes(start, SILENCE).notes(start + 60, RECOVERY, log_level="info")
    calls = watch.calls(9999)
    assert calls[:3] == [(2, ["a silence"]), (62, ["a recovery"]), (602, ["a silence"])]
    assert calls[3:] == [(2402, ["a recovery"])]
    watch.notes(2500 + 7499, SILENCE)
    assert watch.calls(10010)[4:] == [(10001, ["a silence"])]


def flapping() -> Watch:
    """A site whose silence, recovery and second silence were told, and whose second recovery is held back."""
    watch = Watch()
    for start in (0, 600):
        watch.notes(start, SILENCE).notes(start + 60, RECOVERY, log_level="info")
    return watch


def test_a_recovery_that_is_held_back_is_not_told_while_the_site_is_muted() -> None:
    watch = flapping().notes(700, MUTE, since=NIGHT + 700.0, until=NIGHT + 7200.0, level="info")
    assert [at for at, _ in watch.calls(7000)] == [2, 62, 602]
    assert watch.calls(7300)[3:] == [(7202, ["while muted: 1 recovery"])]
    assert watch.notes(7400, SILENCE).calls(7500)[4:] == [(7402, ["a silence"])], "it calls again"


def test_a_recovery_that_is_held_back_is_not_told_of_a_site_that_was_silent_again_while_muted() -> None:
    for until, told in ((1500, [(1502, ["while muted: 1 silence"])]), (7200, [])):
        watch = flapping().notes(700, MUTE, since=NIGHT + 700.0, until=float(NIGHT + until), level="error")
        assert watch.notes(800, SILENCE).calls(7000)[3:] == told
        assert watch.notes(8000, RECOVERY, log_level="info").calls(9999)[-1] == (8002, ["a recovery"])


def test_repeats_that_are_counted_are_not_told_while_the_site_is_muted_unless_they_are_worse() -> None:
    for level, told in (
        ("error", [(7202, ["while muted: 2 errors"])]),
        ("warning", [(1802, ["Mount"])]),
    ):
        watch = Watch().says(0, "Mount").says(60, "Mount").says(120, "Mount")
        watch.notes(200, MUTE, since=NIGHT + 200.0, until=NIGHT + 7200.0, level=level)
        assert watch.calls(7300)[1:] == told


def test_whoever_was_told_that_a_site_speaks_again_is_called_when_it_falls_silent_again() -> None:
    watch = Watch().notes(0, SILENCE).notes(60, RECOVERY, log_level="info").notes(120, SILENCE)
    assert watch.calls(9999) == [(2, ["a silence"]), (62, ["a recovery"]), (122, ["a silence"])]
    assert watch.notes(10000, RECOVERY, log_level="info").calls(10010)[3:] == [(10002, ["a recovery"])]


def test_nobody_is_called_about_a_muted_site_and_what_was_muted_is_summed_up_in_the_end() -> None:
    watch = Watch().notes(0, MUTE, since=NIGHT, until=NIGHT + 7200.0, level="error")
    watch.says(10, "a").says(20, "b").notes(30, SILENCE).says(40, "elsewhere", site="mrc1")
    assert watch.calls(7000) == [(42, ["elsewhere"])]
    assert watch.calls(7300)[1:] == [(7202, ["while muted: 2 errors, 1 silence"])]
    (notice,) = watch.plan.unmutes
    assert (notice.site, notice.uuid) == ("tst", "userstatus:unmute:1")
    assert "2 errors, 1 silence" in notice.message
    assert watch.notes(8000, RECOVERY, log_level="info").calls(9999)[2:] == [(8002, ["a recovery"])]


def test_something_worse_than_what_is_muted_calls_and_ends_the_mute() -> None:
    watch = Watch().notes(0, MUTE, since=NIGHT, until=NIGHT + 7200.0, level="error")
    watch.says(10, "a").says(20, "the sun", "critical").says(60, "c")
    assert watch.calls(100) == [(22, ["while muted: 1 error", "the sun"]), (62, ["c"])]
    assert [each.uuid for each in watch.plan.unmutes] == ["userstatus:unmute:1"]
    watch.notes(70, MUTE, since=NIGHT + 70.0, until=NIGHT + 7200.0, level="error")
    watch.notes(71, UNMUTE, since=float(NIGHT)).says(72, "d")
    assert len(watch.calls(200)) == 2, "the notice about the first mute does not end the second"


def test_unmute_ends_a_mute_and_writes_nothing() -> None:
    watch = Watch().notes(0, MUTE, since=NIGHT, until=NIGHT + 7200.0, level="critical").says(10, "a")
    assert watch.notes(20, UNMUTE).says(30, "b").calls(40) == [(22, ["while muted: 1 error"]), (32, ["b"])]
    assert watch.plan.unmutes == []


def test_silence_is_muted_whatever_the_level_and_so_is_the_end_of_one_that_was_told_before() -> None:
    watch = Watch().notes(0, SILENCE)
    watch.notes(10, MUTE, since=NIGHT + 10.0, until=NIGHT + 7200.0, level="info")
    watch.notes(20, RECOVERY, log_level="info").notes(2000, SILENCE)
    assert watch.calls(7000) == [(2, ["a silence"])]
    assert watch.calls(7300)[1:] == [(7202, ["while muted: 1 silence, 1 recovery; silent now"])]


def test_what_a_first_mute_has_muted_is_told_at_the_end_of_the_second() -> None:
    watch = Watch().notes(0, MUTE, since=NIGHT, until=NIGHT + 60.0, level="error").says(10, "a")
    watch.notes(20, MUTE, since=NIGHT + 20.0, until=NIGHT + 90.0, level="error").says(70, "b")
    assert watch.calls(200) == [(92, ["while muted: 2 errors"])]


def test_a_channel_that_fails_is_not_to_tell_that_itself() -> None:
    watch = Watch(Alert(("json://a",), "warning")).notes(0, CHANNEL, why="alerts[1].to[1]", site="userstatus")
    watch.calls(10)
    assert [line.not_to for line in watch.made[0].lines.listed] == ["alerts[1].to[1]"]


def test_interrupted_anywhere_and_continued_from_its_saved_state_it_makes_the_same_calls() -> None:
    def story(night: Night) -> list[Message]:
        return [
            *(night.says(number * 7, f"Retry {number}") for number in range(200)),
            night.notes(1500, SILENCE),
            night.notes(1501, MUTE, site="mrc1", since=NIGHT + 1501.0, until=NIGHT + 2000.0, level="error"),
            night.says(1502, "x", site="mrc1"),
            night.notes(1700, RECOVERY, log_level="info"),
            *(night.says(3000 + number, f"broken {chr(97 + number % 26)}") for number in range(60)),
        ]

    whole = Watch().see(*story(Night())).calls(9999)
    broken = Watch()
    for message in story(Night()):
        broken.see(message).calls(message.received_at - NIGHT)
        broken.plan = AlertPlan(Config(alerts=(ERRORS,)), json.loads(json.dumps(broken.plan.as_json())))
    assert broken.calls(9999) == whole
    assert len(whole) > 8


def test_an_alert_is_known_by_whom_it_calls_whatever_else_changes() -> None:
    other, changed = Alert(("json://b",), "error"), Alert(("json://a",), "critical", again_after=60)
    (name,) = names([ERRORS])
    assert list(names([other, changed, ERRORS]))[1:] == [name, f"{name}-1"]
    assert "json" not in name


def test_a_clock_that_was_ahead_when_the_state_was_saved_does_not_hold_back_what_comes_later() -> None:
    ahead = Watch().says(86_400, "from a clock that is a day ahead").says(86_401, "and again")
    ahead.plan.due(NIGHT + 86_405)
    ahead.says(86_406, "waits")
    watch = Watch()
    watch.plan = AlertPlan(Config(alerts=(ERRORS,)), json.loads(json.dumps(ahead.plan.as_json())))
    watch.plan.set_back(NIGHT + 60)
    watch.says(61, "fire", "critical")
    assert watch.calls(70) == [(62, ["waits", "fire"])]
