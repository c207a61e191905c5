"""Alerting: it calls and ends by itself; tests/integration/test_alerts.py shows it in a service."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.support.oncall import phone
from tests.support.shifts import on_duty
from userstatus import eventloop
from userstatus.duty.config import Alert, Config
from userstatus.errors import Unavailable


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


def test_alerts_that_were_taken_out_for_a_while_are_not_about_what_came_meanwhile(tmp_path: Path) -> None:
    with phone() as hook, on_duty(tmp_path, Alert((hook.url,), "error")) as duty:
        config = duty.alerting.config
        duty.shift().save()
        duty.row.give_up()
        duty.alerting.configure(Config())
        duty.alerting._take_turn()
        duty.alerting._row.give_up()
        duty.says("history")
        duty.alerting.configure(config)
        assert duty.row.take_turn()
        shift = duty.shift()
        duty.says("news", site="mrc1")
        duty.look(shift)
        assert len(hook.calls) == 1
        assert hook.got("news")


def test_how_long_ago_it_looked_is_known_while_it_is_its_turn_even_if_all_fails(tmp_path: Path) -> None:
    with on_duty(tmp_path, Alert(("json://127.0.0.1:1/",), "error")) as duty:
        alerting = duty.alerting
        duty.row.give_up()
        assert (alerting.age, alerting.failing) == (None, None)
        duty.log.database.engine.dispose()
        with sqlite3.connect(tmp_path / "x.db") as connection:
            connection.execute("DROP TABLE duty")
        for _ in range(2):
            with pytest.raises(Unavailable):
                alerting._take_turn()
            assert alerting.looked_at is not None
            since = alerting.looked_at
        assert alerting.looked_at == since
        alerting.configure(Config())
        with pytest.raises(Unavailable):
            alerting._take_turn()
        assert alerting.age is None


def test_an_equal_configuration_changes_nothing(tmp_path: Path) -> None:
    with on_duty(tmp_path, Alert(("json://127.0.0.1:1/",), "error")) as duty:
        before = duty.alerting.config
        duty.alerting.configure(Config(alerts=(Alert(("json://127.0.0.1:1/",), "error"),)))
        assert duty.alerting.config is before
