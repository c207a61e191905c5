"""A shift: it begins where the last one has ended, and saves what the next one needs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.oncall import phone
from tests.support.shifts import on_duty
from userstatus.duty.config import Alert
from userstatus.duty.mutes import mute


def test_the_first_shift_begins_at_the_end_of_the_log_but_knows_who_is_muted(tmp_path: Path) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        duty.log.journal.append([mute("mrc1", 3600, "error", "why", time.time())])
        duty.says("history")
        shift = duty.shift()
        duty.says("muted", site="mrc1")
        duty.says("news")
        duty.look(shift)
    assert len(hook.calls) == 1
    assert hook.got("news")


def test_whatever_was_not_known_to_be_sent_is_sent_by_the_next_shift(tmp_path: Path) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        shift = duty.shift()
        shift.save()
        duty.says("Mount")
        duty.passed += 3
        shift.look()  # and is killed before the call has ended
        duty.says("Dome", site="mrc1")
        duty.look(duty.shift())
        assert hook.got("Mount")
        shift = duty.shift()
        duty.look(shift, 60)
        assert hook.got("Dome")
        duty.look(shift)  # and saves that
        duty.look(duty.shift(), 60)
    assert not hook.got("Dome", 2)


def test_in_a_log_that_was_replaced_it_goes_on_with_what_is_new(tmp_path: Path) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        shift = duty.shift()
        duty.says("Mount")
        duty.look(shift)
        saved = {**shift.as_json(), "cursor": f"9999-{round(time.time() * 1e6)}"}
        duty.row.save(saved)
        time.sleep(0.001)
        duty.says("Dome")
        duty.look(duty.shift(), 60)
    assert [call.splitlines()[1] for call in hook.calls] == ["ERROR tst: Mount", "ERROR tst: Dome"]


def test_what_it_cannot_understand_of_what_was_saved_is_ignored_and_it_goes_on_from_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        shift = duty.shift()
        duty.row.save({**shift.as_json(), "plan": {"alerts": "of a later version"}})
        duty.says("Mount")
        duty.shift().save()
        duty.look(duty.shift())
    assert hook.got("Mount")
    assert caplog.text.count("what another version has saved of the alerts is ignored") == 1
