"""The handler, without a server: what it passes on, and that it never raises."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from userstatus import UserStatusHandler
from userstatus.client.sending import SendingThread

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def handler(tmp_path: Path) -> Iterator[UserStatusHandler]:
    found = UserStatusHandler(NOBODY, "tst", spool=tmp_path)
    yield found
    found.close(0)


def record(text: str, *values: object, level: int = logging.INFO, **fields: Any) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text, "args": values, "levelno": level, **fields})


def waiting(handler: UserStatusHandler) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in handler.poster._disk.batch(0)]


def test_a_record_is_on_disk_when_it_was_handled(handler: UserStatusHandler) -> None:
    handler.handle(record("Slewing to %s", "M31", level=35, created=1_700_000_000.5))
    (found,) = waiting(handler)
    del found["uuid"]
    assert found == {
        "site": "tst",
        "log_message": "Slewing to M31",
        "log_level": "warning",
        "timestamp": 1_700_000_000.5,
    }


def test_a_promise_of_another_message_is_kept_with_it_and_one_that_makes_no_sense_is_told(
    handler: UserStatusHandler, capsys: pytest.CaptureFixture[str]
) -> None:
    for promise in (600, "soon", "later"):
        handler.handle(record("Exposing", next_within=promise))
    assert [each.get("next_within") for each in waiting(handler)] == [600, None, None]
    told = [line for line in capsys.readouterr().err.splitlines() if "next_within" in line]
    assert told == ["userstatus: next_within is 'soon', left out: give 1 to 2678400 seconds"]


def test_it_has_a_level_as_every_handler(tmp_path: Path) -> None:
    for level, number in (("ERROR", 40), (15, 15)):
        handler = UserStatusHandler(NOBODY, "tst", spool=tmp_path, level=level)
        assert handler.level == number
        handler.close(0)


@pytest.mark.parametrize("arguments", [{"url": "nowhere"}, {"site": "a b"}, {"synchronous": "OFF"}])
def test_what_is_wrong_with_its_settings_is_said_when_it_is_made(
    arguments: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"nowhere|a b|OFF"):
        UserStatusHandler(**{"url": NOBODY, "site": "tst", "spool": tmp_path, **arguments})
    logging.shutdown()  # which would stumble over a handler that is half made


def test_a_record_that_cannot_be_formatted_raises_nothing(
    handler: UserStatusHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise ValueError("I/O operation on closed file")

    monkeypatch.setattr(sys, "stderr", Closed())
    handler.handle(record("%d", "x"))
    assert waiting(handler) == []


def test_closing_and_flushing_it_again_does_nothing(handler: UserStatusHandler) -> None:
    handler.handle(record("x"))
    handler.close(0)
    assert not handler.flush(30)
    handler.close(30)


def test_what_any_sending_thread_logs_is_not_sent(handler: UserStatusHandler) -> None:
    """Or two handlers would feed each other for ever, where something logs each request."""
    thread = SendingThread(target=handler.handle, args=(record("POST /newlog"),))
    thread.start()
    thread.join()
    assert waiting(handler) == []


def test_an_error_that_is_reported_into_the_log_itself_is_reported_once(
    handler: UserStatusHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    class Logged:
        def write(self, line: str) -> None:
            lines.append(line)
            handler.handle(record("%d", line))  # which cannot be formatted either

    monkeypatch.setattr(sys, "stderr", Logged())
    handler.handle(record("%d", "x"))
    assert sum("--- Logging error ---" in line for line in lines) == 1
