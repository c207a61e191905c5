"""The switchboard: what becomes of what waits when the channels change."""

from __future__ import annotations

from pathlib import Path

from tests.support.oncall import phone
from tests.support.shifts import on_duty
from userstatus.duty.config import Alert, Config
from userstatus.notice import OWN_SITE


def test_what_waits_for_a_url_that_is_replaced_is_told_to_the_new_one(tmp_path: Path) -> None:
    with phone() as old, phone() as new, on_duty(tmp_path, Alert((old.url,), "error")) as duty:
        shift = duty.shift()
        old.status = 401  # its secret has been revoked
        duty.says("Mount")
        for _ in range(4):
            duty.look(shift, 100)
        shift.configure(Config(alerts=(Alert((new.url,), "error"),)))
        duty.look(shift)
        duty.look(shift)
        told = duty.messages(OWN_SITE)
    assert new.got("Mount")
    assert [each.log_level for each in told] == ["warning", "info"], "the end of the failure is told as well"


def test_what_waits_for_a_url_that_is_taken_out_is_told_to_the_others_of_its_alert(tmp_path: Path) -> None:
    with phone() as gone, phone() as other, on_duty(tmp_path, Alert((other.url, gone.url), "error")) as duty:
        shift = duty.shift()
        gone.status = other.status = 503
        duty.says("Mount")
        duty.look(shift)
        shift.save()
        duty.alerting.configure(Config(alerts=(Alert((other.url,), "error"),)))
        other.status = 200
        duty.look(duty.shift(), 60)
    assert [call.count("Mount") for call in other.calls] == [1], (
        "what it waits to be told anyway is told once"
    )


def test_what_nobody_is_left_to_be_told_is_told_in_the_log_once_and_counted(tmp_path: Path) -> None:
    first = Alert(("json://127.0.0.1:1/",), "critical")
    with phone() as hook, on_duty(tmp_path, first, Alert((hook.url,), "error")) as duty:
        shift = duty.shift()
        hook.status = 503
        duty.says("Mount")
        duty.look(shift)
        duty.says("Dome")
        shift.look()
        shift.save()
        duty.alerting.configure(Config(alerts=(first,)))
        duty.shift()._write_notices()  # and is killed before that is saved
        duty.look(duty.shift())
        told = duty.messages(OWN_SITE)
    assert len(told) == 1
    assert told[0].message.startswith("2 messages were not told to anybody")
    assert told[0].message.endswith("in the place of alerts[2], alerts[2].to[1]")
    assert duty.alerting.outcomes["dropped"] == 4, "once by each process"


def test_a_call_that_is_being_made_during_a_change_is_made_once(tmp_path: Path) -> None:
    with phone() as hook, phone() as new, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        shift = duty.shift()
        for number, alerts in enumerate([Alert((hook.url,), "warning"), Alert((new.url,), "error")]):
            duty.says(f"Mount of number {number} does not answer", site=f"s{number}")
            duty.passed += 60
            shift.look()
            assert shift.switchboard.is_sending()
            shift.configure(Config(alerts=(alerts,)))
            duty.look(shift, 0)
            duty.look(shift, 60)
        assert (len(hook.calls), new.calls) == (2, [])
        new.status = 503
        duty.says("Dome", site="s2")
        duty.passed += 60
        shift.look()
        shift.configure(Config(alerts=(Alert((hook.url,), "error"),)))
        duty.look(shift, 0)
        duty.look(shift, 60)
    assert hook.got("Dome"), "it has failed where it was being made"
