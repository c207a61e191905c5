"""The parts of a log belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.messages import message
from userstatus.errors import StartError
from userstatus.message import Cursor
from userstatus.settings import Settings
from userstatus.store.log import Log


def test_what_is_stored_can_be_read_and_expires_as_the_settings_say(tmp_path: Path) -> None:
    environ = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "MESSAGE_TTL": "1m", "PURGE_INTERVAL": "5s"}
    log = Log(Settings.from_environ(environ), "prod")
    assert not list(tmp_path.iterdir()), "nothing is opened yet"
    log.database.prepare()
    log.health.check()
    log.journal.append([message()])
    assert [each.id for each in log.reader.after(Cursor(0), 10)] == [1]
    now = log.expiry.clock()
    log.expiry.clock = lambda: now + 61
    assert list(log.reader.after(Cursor(0), 10)) == []
    assert (log.retention.purge(now + 61), log.retention.interval) == (1, 5)
    log.database.close()


def test_an_address_that_makes_no_sense_fails_startup() -> None:
    with pytest.raises(StartError, match="DATABASE_URL is 'nothing'"):
        Log(Settings.from_environ({"DATABASE_URL": "nothing"}), "prod")
