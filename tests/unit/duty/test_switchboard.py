"""The switchboard: every channel of an alert is called, and one that fails is told in the log."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.oncall import phone
from tests.support.shifts import on_duty
from userstatus.duty.config import Alert, Config
from userstatus.notice import OWN_SITE


def test_a_channel_that_fails_is_told_once_and_again_when_it_works(tmp_path: Path) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url, hook.ntfy), "error")) as duty:
        shift = duty.shift()
        hook.status = 503
        duty.says("Mount")
        for _ in range(6):
            duty.look(shift, 100)
        failing = [each.message for each in duty.messages(OWN_SITE)]
        assert [each.partition(" can")[0] for each in failing] == [
            "alerts[1].to[1] (JSON)",
            "alerts[1].to[2] (ntfy)",
        ]
        assert "cannot be called: HTTP 503. It has failed for " in failing[0]
        hook.status = 200
        duty.look(shift, 1200)
        duty.look(shift)
        told = duty.messages(OWN_SITE)
    assert [each.log_level for each in told] == ["warning", "warning", "info", "info"]
    assert len({each.notice for each in told}) == 2, "a failure and its end are about the same time and place"
    assert duty.alerting.outcomes["sent"] == 2
    assert hook.got("Mount", 2)


def test_what_waits_for_a_channel_that_is_gone_is_told_in_the_servers_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        shift = duty.shift()
        hook.status = 503
        duty.says("Mount")
        duty.look(shift)
        shift.save()
        duty.alerting.configure(Config(alerts=(Alert((hook.ntfy,), "error"),)))
        duty.shift()
    assert "1 alerts waited for channels that are no longer in the configuration" in caplog.text
