"""A log, and the process whose turn it is to send its alerts, without a server: it looks when told to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.support.messages import message
from userstatus import eventloop
from userstatus.duty.alerting import Alerting
from userstatus.duty.config import Alert, Config
from userstatus.duty.shift import Shift
from userstatus.live.follower import Follower
from userstatus.message import Message
from userstatus.settings import PROD, Settings
from userstatus.store.alerts import AlertsRow
from userstatus.store.log import Log


class OnDuty:
    """The parts of a service that alerts need. `passed` are the seconds that were added to the wall clock."""

    def __init__(self, log: Log, *alerts: Alert) -> None:
        self.log = log
        self.passed = 0.0
        self.follower = Follower(log.reader, log.journal.wake_up, [])
        self.follower.open()
        clock = log.expiry.clock
        self.alerting = Alerting(
            Config(alerts=alerts), log, self.follower, None, wall=lambda: clock() + self.passed
        )
        self.row = AlertsRow(log.database)
        self.row.take_turn()

    def shift(self) -> Shift:
        """The next shift, which goes on from what was saved."""
        return Shift(self.alerting, self.row, self.row.load())

    def says(self, text: str, level: str = "error", **more: Any) -> None:
        """Something is stored, and delivered to everybody."""
        self.log.journal.append([message(text, log_level=level, **more)])
        self.follower._read_on()

    def look(self, shift: Shift, passed: float = 3) -> None:
        """It looks after some seconds, and what is sent then has been sent in the end."""
        self.passed += passed
        shift.look()
        eventloop.spawn(lambda: None).wait()  # comes after the calls that were begun
        assert not shift.switchboard.is_sending()

    def messages(self, site: str) -> list[Message]:
        return list(self.log.reader.backlog([site], 0, self.log.reader.end().id, 100))


@contextmanager
def on_duty(folder: Path, *alerts: Alert) -> Iterator[OnDuty]:
    log = Log(Settings.from_environ({"DATABASE_URL": f"sqlite:///{folder}/x.db"}), PROD)
    log.database.prepare()
    with closing(log.database):
        yield OnDuty(log, *alerts)
