"""Alerting: it calls and ends by itself; tests/integration/test_alerts.py shows it in a service."""

from __future__ import annotations

from pathlib import Path

from tests.support.oncall import phone
from tests.support.shifts import on_duty
from userstatus import eventloop
from userstatus.duty.config import Alert


def test_it_calls_until_it_is_stopped_and_then_another_process_can_go_on(tmp_path: Path) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        duty.shift().save()
        duty.row.give_up()
        running = eventloop.spawn(duty.alerting.run)
        duty.says("Mount")
        duty.passed += 3
        while not hook.got("Mount"):
            eventloop.Event().wait(0.1)
        duty.alerting.stop()
        running.wait()
        assert duty.row.take_turn()
        saved = duty.row.load()
        assert saved is not None
        assert saved["cursor"] == str(duty.follower.cursor)
        assert [each["waiting"] for each in saved["channels"].values()] == [[0]]
