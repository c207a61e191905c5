"""Which sites should have spoken, and what is said about it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.messages import stored
from userstatus.duty import silence as module
from userstatus.duty.config import Config, Site
from userstatus.duty.silence import DueNotice, SilenceWatch
from userstatus.message import Message
from userstatus.notice import OWN_SITE, Notice

T = 1_700_000_000.0
EVERY_25_MIN = Config(sites={"tst": Site(silent_after=1500)})


def at(seconds: float, id: int, site: str = "tst", **fields: Any) -> Message:
    return stored(id, received_at=T + seconds, site=site, **fields)


def heard(*messages: Message, config: Config = EVERY_25_MIN) -> SilenceWatch:
    watch = SilenceWatch(config)
    for message in messages:
        watch.hear(message)
    return watch


def texts(found: list[DueNotice]) -> list[tuple[str, str]]:
    return [(each.message.site, each.message.message) for each in found]


def told(watch: SilenceWatch, seconds: float, id: int) -> Message:
    """The only notice that is due, as it comes back from the log."""
    (due,) = watch.due(T + seconds)
    notice = due.message.received(id, T + seconds)
    watch.hear(notice)
    return notice


def went_down(watch: SilenceWatch, since: float, until: float, id: int) -> list[tuple[str, str]]:
    """What is written when the service is back, and heard."""
    found = watch.down(T + since, T + until, T + until)
    for number, notice in enumerate(found):
        watch.hear(notice.received(id + number, T + until))
    return [(each.site, each.message) for each in found]


def test_a_site_is_silent_once_its_time_is_over_and_not_before() -> None:
    watch = heard(at(0, 7))
    assert (watch.due(T + 1499), watch.next_at) == ([], T + 1500)
    (due,) = watch.due(T + 1500)
    new, notice = due.message, due.message.notice
    assert new.message == "Silent for 25 min: expected a message at least every 25 min"
    assert (new.site, new.log_level, new.uuid, due.last_id) == ("tst", "warning", "userstatus:silence:7", 7)
    assert notice is not None
    assert notice.as_json() == {"kind": "silence", "since": T, "until": T + 1500}


def test_what_the_last_message_promised_counts_more_than_the_configuration() -> None:
    watch = heard(at(0, 1, next_within=60), at(10, 2, next_within=600), at(20, 3, "b", next_within=90))
    assert texts(watch.due(T + 120)) == [
        ("b", "Silent for 1 min 40 s: the last message promised another within 1 min 30 s")
    ]
    assert ("tst", "Silent for 12 min: the last message promised another within 10 min") in texts(
        watch.due(T + 10 + 750)
    )
    watch.hear(at(800, 4))
    assert [site for site, _ in texts(watch.due(T + 900))] == ["b"], "this one promised nothing"
    watch.hear(at(900, 5, next_within=5))
    assert [site for site, _ in texts(watch.due(T + 906))] == ["b", "tst"], "sooner than was expected before"


def test_nothing_is_expected_of_a_site_that_has_promised_nothing() -> None:
    watch = heard(at(0, 1), at(5, 2, next_within=9), at(6, 3), config=Config())
    assert watch.due(T + 1e9) == []


def test_a_silence_is_due_until_it_is_heard_of_and_then_no_more() -> None:
    watch = heard(at(0, 1))
    assert watch.due(T + 1500) != [] != watch.due(T + 1501)
    told(watch, 1502, 2)
    assert watch.due(T + 1e6) == []


def test_when_the_site_speaks_again_it_is_said_how_long_it_was_silent_until_that_is_heard_of() -> None:
    watch = heard(at(0, 1))
    told(watch, 1501, 2)
    watch.hear(at(2070, 3))
    (due,) = watch.due(T + 2071)
    new, notice = due.message, due.message.notice
    assert new.message == "Speaks again after 34 min of silence"
    assert (new.log_level, new.uuid, due.last_id) == ("info", "userstatus:recovery:2", None)
    assert notice is not None
    assert notice.as_json() == {"kind": "recovery", "since": T, "until": T + 2070}
    watch.hear(at(2072, 4))
    told(watch, 2073, 5)
    assert watch.due(T + 2074) == []
    assert told(watch, 2072 + 1500, 6).message.startswith("Silent for 25 min"), "it can be silent again"


def test_a_silence_and_a_recovery_that_are_in_the_log_are_not_told_again_after_a_restart() -> None:
    watch = heard(at(0, 1))
    silence = told(watch, 1500, 2)
    assert heard(at(0, 1), silence).due(T + 1e6) == []
    watch.hear(at(1600, 3))
    recovery = told(watch, 1601, 4)
    assert heard(at(0, 1), silence, at(1600, 3), recovery, at(1700, 5)).due(T + 1800) == []
    assert texts(heard(silence, at(1600, 3), at(1700, 5)).due(T + 1800)) == [
        ("tst", "Speaks again after 26 min of silence")
    ], "one that was killed before it could say so, while the last message expired"


def test_notices_do_not_count_as_the_site_speaking() -> None:
    watch = heard(at(0, 1))
    mute = at(1400, 2, notice=Notice("mute", until=T + 9999))
    watch.hear(mute)
    assert len(watch.due(T + 1500)) == 1


def test_a_service_that_was_down_says_so_where_somebody_was_expected_and_adds_that_time() -> None:
    watch = heard(at(0, 1), at(0, 2, "early", next_within=60), at(1400, 3, "late", next_within=3000))
    began, back = 200, 1640
    down = "The service was down for 24 min: messages may be missing"
    assert went_down(watch, began, back, 10) == [(OWN_SITE, down), ("tst", down)]
    assert [site for site, _ in texts(watch.due(T + back))] == ["early"], "it had been silent before"
    assert len(watch.due(T + back + 1299)) == 1
    (late,) = [each for each in watch.due(T + back + 1300) if each.message.site == "tst"]
    assert late.message.message == "Silent for 49 min: expected a message at least every 25 min"
    assert late.message.notice is not None
    assert late.message.notice.until == T + back + 1300
    assert len(watch.due(T + back + 2999)) == 2 < len(watch.due(T + back + 3000))


def test_what_a_restart_reads_of_a_service_that_was_down_has_the_same_effect() -> None:
    watch = heard(at(0, 1))
    down = watch.down(T + 1000, T + 2000, T + 2000)
    again = heard(at(0, 1), *(new.received(5, T + 2000) for new in down))
    assert again.down_until == T + 2000
    assert again.due(T + 2499) == [] != again.due(T + 2500)
    assert again.down(T + 2000, T + 2400, T + 2400)[1:] == [], "nobody was expected before 2500"


def test_a_service_that_is_down_again_and_again_does_not_hide_a_silence() -> None:
    watch = heard(at(0, 1))
    for began in (600, 1200):
        assert watch.due(T + began) == []
        went_down(watch, began, began + 70, began)
    assert watch.due(T + 1639) == [] != watch.due(T + 1640)


def test_a_service_that_is_never_up_for_a_minute_does_not_hide_a_silence() -> None:
    watch, up = heard(at(0, 1)), 0
    for went in range(30, 10_000, 100):
        up += 30
        if watch.due(T + went):
            break
        went_down(watch, went, went + 70, went)
    assert 1500 <= up <= 1500 + 60


def test_a_site_has_a_minute_at_least_once_the_service_is_back_as_its_client_tries_again_by_then() -> None:
    watch = heard(at(0, 1), at(0, 2, "brief", next_within=20))
    went_down(watch, 15, 1000, 3)
    assert texts(watch.due(T + 1019)) == [] != texts(watch.due(T + 1020))
    watch = heard(at(0, 1))
    went_down(watch, 1499, 1999, 3)
    assert texts(watch.due(T + 2058)) == [] != texts(watch.due(T + 2059))


def test_a_configured_site_that_has_never_spoken_is_silent_and_once_it_has_it_is_like_any_other() -> None:
    watch = SilenceWatch(EVERY_25_MIN)
    watch.await_all(T)
    watch.await_all(T + 1000)
    assert (watch.due(T + 1499), watch.is_watching) == ([], True)
    (due,) = watch.due(T + 1500)
    expected = "the log has no message from it, expected one at least every 25 min"
    assert due.message.message == f"Silent for 25 min: {expected}"
    assert (due.message.uuid, due.last_id) == ("userstatus:silence:0", 0)
    notice = told(watch, 1500, 1)
    again = heard(notice)
    again.await_all(T + 2000)
    assert again.due(T + 1e6) == [], "it is told once, however often the service starts"
    again.hear(at(2000, 2))
    assert told(again, 2001, 3).message == "Speaks again after 33 min of silence"
    assert told(again, 3500, 4).message.startswith("Silent for 25 min: expected a message")


def test_an_unknown_site_has_been_waited_for_since_an_earlier_process_began_that() -> None:
    watch = SilenceWatch(EVERY_25_MIN)
    went_down(watch, 500, 600, 2)
    watch.await_all(T + 700, {"tst": T + 100, "other": T})
    assert watch.awaited() == {"tst": T + 100}
    assert watch.due(T + 1699) == [] != watch.due(T + 1700), "with what it was down made up for"
    told(watch, 1700, 4)
    assert watch.awaited() == {}


def test_only_sites_that_are_configured_are_waited_for_though_they_have_never_spoken() -> None:
    watch = SilenceWatch(Config(sites={"tst": Site(name="Test")}))
    watch.await_all(T)
    assert not watch.is_watching
    watch.configure(EVERY_25_MIN, [])
    watch.await_all(T + 100)
    watch.configure(Config(), [])
    assert (watch.is_watching, watch.due(T + 1e6)) == (False, [])
    watch.configure(EVERY_25_MIN, [])
    watch.await_all(T + 1e6)
    assert watch.due(T + 1e6 + 1499) == [] != watch.due(T + 1e6 + 1500), "anew"


def test_it_goes_by_when_messages_were_heard_if_the_clock_of_the_log_was_set() -> None:
    watch = SilenceWatch(EVERY_25_MIN)
    watch.hear(at(8 * 86_400, 1), T + 10)
    (due,) = watch.due(T + 10 + 1500)
    assert due.message.message == "Silent for 25 min: expected a message at least every 25 min"
    assert due.message.notice is not None
    assert due.message.notice.since == T + 8 * 86_400


def test_a_new_configuration_holds_for_what_was_said_before() -> None:
    newest = [at(0, 1), at(0, 2, "b")]
    watch = heard(*newest)
    config = Config(sites={"tst": Site(silent_after=100), "b": Site(silent_after=200)})
    watch.configure(config, [(each, T) for each in newest])
    assert [site for site, _ in texts(watch.due(T + 200))] == ["tst", "b"]
    watch.configure(Config(), [])
    assert watch.due(T + 1e6) == []


def test_a_new_configuration_does_not_blame_a_site_for_a_service_that_was_down() -> None:
    watch = heard(config=Config())
    went_down(watch, 50, 1000, 2)
    watch.configure(EVERY_25_MIN, [(at(0, 1), T)])
    assert watch.due(T + 2449) == [] != watch.due(T + 2450)


def test_of_too_many_sites_those_that_were_silent_for_longest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_SITES", 2)
    watch = heard(*(at(id, id, site, next_within=9) for id, site in enumerate("abac", 1)))
    assert sorted(site for site, _ in texts(watch.due(T + 99))) == ["a", "c"]


def test_of_very_many_silent_sites_some_are_told_at_a_time_and_then_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_DUE", 2)
    watch = heard(*(at(0, number, f"s{number}", next_within=60) for number in range(1, 6)))
    found: list[str] = []
    while due := watch.due(T + 60):
        assert len(due) <= 2
        for number, each in enumerate(due, 10 + len(found)):
            watch.hear(each.message.received(number, T + 60))
            found.append(each.message.site)
    assert sorted(found) == ["s1", "s2", "s3", "s4", "s5"]
