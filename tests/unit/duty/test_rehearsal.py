"""What a configuration would have made of the messages of a log."""

from __future__ import annotations

import tomllib
from itertools import count
from typing import Any

from userstatus.duty.config import parse_config
from userstatus.duty.rehearsal import Change, Rehearsal, service_of
from userstatus.message import Message
from userstatus.notice import MUTE, SILENCE, Notice

MIDNIGHT = 1_764_201_600.0  # 2025-11-27 00:00 UTC
CONFIG = """
[sites.mrc1]
silent_after = "10m"
timezone = "America/Chicago"

[[levels]]
match = "too close to the sun"
level = "critical"

[[alerts]]
to = "slack://secret/of/a/workspace"
level = "critical"
silence = true
"""


class Night:
    """Messages of a night, in the order in which they were received."""

    def __init__(self) -> None:
        self.ids = count(1)
        self.messages: list[Message] = []

    def say(self, at: float, text: str = "Exposing", site: str = "mrc1", **fields: Any) -> None:
        found = Message(next(self.ids), site, text, "info", int(at), MIDNIGHT + at)
        self.messages.append(found._replace(**fields))

    def rehearsed(self, until: float, config: str = CONFIG, since: float = 0) -> Rehearsal:
        rehearsal = Rehearsal(parse_config(tomllib.loads(config), "x", {}), MIDNIGHT + since - 1)
        rehearsal.play(self.messages)
        rehearsal.end(MIDNIGHT + until)
        return rehearsal


def only(rehearsal: Rehearsal) -> Change:
    (change,) = rehearsal.changes.values()
    return change


def test_messages_that_differ_in_their_numbers_alone_are_one_example() -> None:
    night = Night()
    night.say(0, "17° too close to the sun")
    night.say(1, "18° too close to the sun")
    night.say(2, "Slewing")
    change = only(night.rehearsed(3))
    assert (change.rule, change.match, change.count) == (1, "too close to the sun", 2)
    assert (change.from_level, change.to_level) == ("info", "critical")
    (example,) = change.examples.values()
    assert vars(example) == {"site": "mrc1", "message": "17° too close to the sun", "count": 2}


def test_a_level_that_an_earlier_rule_gave_is_given_back_where_no_rule_matches_now() -> None:
    night = Night()
    night.say(0, log_level="error", original_level="info")
    change = only(night.rehearsed(1))
    assert (change.rule, change.from_level, change.to_level) == (None, "error", "info")


def test_a_level_that_stays_is_no_change() -> None:
    night = Night()
    night.say(0, "too close to the sun", log_level="critical", original_level="info")
    assert night.rehearsed(1).changes == {}


def test_a_silence_begins_with_the_last_message_and_ends_with_the_next() -> None:
    night = Night()
    night.say(0)
    night.say(900)
    (silence,) = night.rehearsed(1000).silences
    assert (silence.site, silence.since, silence.told_at) == ("mrc1", MIDNIGHT, MIDNIGHT + 600)
    assert silence.until == MIDNIGHT + 900


def test_a_silence_may_not_be_over() -> None:
    night = Night()
    night.say(0)
    (silence,) = night.rehearsed(2000).silences
    assert silence.until is None


def test_a_silence_that_the_service_told_is_told_anew_by_the_configuration() -> None:
    night = Night()
    night.say(0)
    night.say(100, "Silent for 1 min", notice=Notice(SILENCE, since=MIDNIGHT))
    rehearsal = night.rehearsed(2000)
    assert [each.told_at for each in rehearsal.silences] == [MIDNIGHT + 600]
    assert rehearsal.messages == 1


def test_a_configured_site_that_never_spoke_is_silent_from_the_beginning_of_the_log() -> None:
    night = Night()
    night.say(0, site="tst")
    rehearsal = night.rehearsed(900)
    (silence,) = rehearsal.silences
    assert (silence.site, silence.since, silence.told_at) == ("mrc1", MIDNIGHT, MIDNIGHT + 600)
    assert silence.text.startswith("Silent for 10 min: the log has no message from it")
    assert rehearsal.calls.calls == 1
    night.say(901)
    assert [each.until for each in night.rehearsed(1000).silences] == [MIDNIGHT + 901]


def test_in_an_empty_log_every_configured_site_is_silent() -> None:
    (silence,) = Night().rehearsed(900).silences
    assert silence.told_at == MIDNIGHT - 1 + 600


def test_calls_are_counted_by_the_clock_of_the_site() -> None:
    night = Night()
    night.say(0, "too close to the sun")  # 18:00 in Chicago
    night.say(5 * 3600, "too close to the sun", site="tst")  # 05:00 in UTC
    rehearsal = night.rehearsed(5 * 3600 + 60)
    (calls,) = rehearsal.channels.values()
    assert (calls.channel, calls.service) == ("alerts[1].to[1]", "slack")
    assert (rehearsal.calls.calls, rehearsal.calls.at_night) == (calls.calls, calls.at_night)
    assert {hour for hour, number in enumerate(calls.by_hour) if number} == {5, 18}
    assert calls.by_hour[5] == calls.at_night == 1


def test_nobody_is_called_about_a_site_that_was_muted() -> None:
    night = Night()
    night.say(0, "Muted", notice=Notice(MUTE, until=MIDNIGHT + 7200, level="critical"))
    night.say(1, "too close to the sun")
    assert night.rehearsed(3600).calls.calls == 0


def test_what_was_before_only_leads_up_to_what_is_told() -> None:
    night = Night()
    night.say(0, "too close to the sun")  # calls, and is over
    night.say(10, "Muted", site="tst", notice=Notice(MUTE, until=MIDNIGHT + 7200, level="critical"))
    night.say(3600, "too close to the sun", site="tst")
    rehearsal = night.rehearsed(5000, since=3000)
    assert (rehearsal.messages, +rehearsal.sites) == (1, {"tst": 1})
    assert only(rehearsal).count == 1
    assert [(each.site, each.until) for each in rehearsal.silences] == [("mrc1", None)]
    assert rehearsal.calls.calls == 0


def test_a_silence_that_was_over_before_is_not_told() -> None:
    night = Night()
    for at in (0, 900, 1200):
        night.say(at)
    assert night.rehearsed(1300, since=1000).silences == []


def test_of_a_url_only_the_service_is_shown() -> None:
    assert service_of("Slack://token@secret") == "slack"
    assert service_of("secret") == "?"
