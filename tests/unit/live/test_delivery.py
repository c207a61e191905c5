"""Delivery put together: what a log gets reaches its viewers and its statistics."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.attendance import Attendance, rooms
from tests.support.messages import message
from userstatus.live.channels import RESTARTED, Channel
from userstatus.live.delivery import Delivery
from userstatus.live.encodings import EncodedMessage, EncodedMessages
from userstatus.settings import Settings
from userstatus.store.log import Log


class Recording:
    """A channel that records what it is told."""

    size = 0
    open = True

    def __init__(self) -> None:
        self.taken: list[int] = []
        self.ended: list[int] = []

    def take(self, message: EncodedMessage) -> None:
        self.taken.append(message.message.id)

    def take_all(self, messages: EncodedMessages) -> None:
        self.taken += [message.message.id for message in messages.messages]

    def disconnect(self) -> None: ...

    def end(self, code: int, reason: str) -> None:  # noqa: ARG002
        self.ended.append(code)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    found = Log(Settings.from_environ({"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}), "prod")
    found.database.prepare()
    return found


def test_a_message_reaches_viewers_and_statistics_and_another_log_ends_both(log: Log) -> None:
    delivery = Delivery(log, rooms())
    attendance = Attendance(delivery.fanout)
    channel: Channel = Recording()
    with attendance.stack:
        attendance.on(channel, "tst")
        delivery.follower.open()
        log.journal.append([message(), message(site="other")])
        assert delivery.follower.wake_up.is_set()
        delivery.follower._read_on()
        assert channel.taken == [1]  # type: ignore[attr-defined]
        assert [summary.site for summary in delivery.statistics.summaries(["*"])] == ["other", "tst"]
        delivery.follower.disconnect()
        assert channel.ended == [RESTARTED]  # type: ignore[attr-defined]
    delivery.statistics._sites.clear()
    delivery.follower.reload(delivery.follower.cursor)
    assert [summary.site for summary in delivery.statistics.summaries(["*"])] == ["other", "tst"]
    assert delivery.shedding.fanout is delivery.fanout
    log.database.close()
