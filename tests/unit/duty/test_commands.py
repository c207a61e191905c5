"""Muting by command: what is refused; tests/integration/test_alerts.py shows both in a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.messages import message as new_message
from userstatus.duty import commands
from userstatus.errors import StartError
from userstatus.message import Cursor
from userstatus.settings import PROD, Settings
from userstatus.store.log import Log


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    found = Log(Settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), PROD)
    found.database.prepare()
    with closing(found.database):
        yield found


@pytest.mark.parametrize(("seconds", "why"), [(8 * 86_400, "x"), (60, " ")])
def test_a_mute_longer_than_its_notice_lives_or_without_a_reason_is_refused(
    log: Log, seconds: int, why: str
) -> None:
    log.journal.append([new_message(site="tst")])
    with pytest.raises(StartError, match=r"--for is 8 days, expected at most MESSAGE_TTL, 7 days|--why is"):
        commands.mute(log, "tst", seconds, "error", why)
    assert len(log.reader.after(Cursor(0), 9)) == 1


def test_a_site_that_nobody_knows_cannot_be_muted(log: Log) -> None:
    with pytest.raises(StartError, match=r"there is no message of mcr1 in sqlite:///.*: nobody is called"):
        commands.mute(log, "mcr1", 60, "error", "a slip of the finger")


def test_a_site_that_is_not_muted_cannot_be_unmuted(log: Log) -> None:
    log.journal.append([new_message(site="tst")])
    for _ in range(2):
        with pytest.raises(StartError, match=r"tst is not muted in sqlite:///"):
            commands.unmute(log, "tst")
        commands.mute(log, "tst", 60, "error", "why")
        commands.unmute(log, "tst")
