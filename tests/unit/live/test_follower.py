"""The follower: it alone delivers, in order, and notices when the log is another one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.logs import LogInMemory, following
from tests.support.messages import stored
from userstatus.errors import Unavailable
from userstatus.live import follower as module
from userstatus.live.follower import PACE_S, PAGE, Position
from userstatus.message import Cursor


@pytest.fixture
def log() -> LogInMemory:
    return LogInMemory(*(stored(id, site="ab"[id % 2]) for id in range(1, 8)))


def test_it_begins_at_the_end_and_delivers_what_is_appended_in_order(log: LogInMemory) -> None:
    delivered: list[Any] = []
    follower = following(log, delivered.append)
    assert follower.open() == stored(7).cursor
    log.messages += [stored(id) for id in range(8, 9 + PAGE)]
    assert not follower.is_level()
    follower._read_on()
    assert [message.id for message in delivered] == list(range(8, 9 + PAGE))
    assert (follower.cursor, follower.is_level()) == (stored(8 + PAGE).cursor, True)


def test_the_database_is_read_at_a_pace_and_what_is_in_memory_at_once(log: LogInMemory) -> None:
    follower = following(log)
    log.read_at = 100.0
    assert follower._pause(now=100.0) == 0.0
    log.in_memory = False
    assert [follower._pause(now) for now in (100.0, 200.0)] == [pytest.approx(PACE_S), 0.0]


def test_a_message_that_one_listener_fails_on_keeps_nobody_from_the_next_one(log: LogInMemory) -> None:
    seen: list[int] = []

    def deliver(message: Any) -> None:
        seen.append(message.id)
        raise RuntimeError

    other: list[Any] = []
    following(log, deliver, other.append)._read_on()
    assert seen == [message.id for message in other] == [1, 2, 3, 4, 5, 6, 7]


def test_viewers_are_sent_some_messages_at_a_time_before_others_hear_of_them(log: LogInMemory) -> None:
    heard: list[Any] = []
    follower = following(log, lambda message: heard.append(message.id))
    follower.deliver = lambda some: heard.append([follower.cursor.id, *(message.id for message in some)])
    follower._read_on()
    assert heard == [[7, 1, 2, 3, 4, 5, 6, 7], 1, 2, 3, 4, 5, 6, 7]


def test_what_viewers_cannot_be_sent_keeps_nobody_else_from_hearing_of_it(
    log: LogInMemory, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []
    follower = following(log, heard.append)
    follower.deliver = lambda some: heard.remove(some)  # which fails
    follower._read_on()
    assert [message.id for message in heard] == [1, 2, 3, 4, 5, 6, 7]
    assert "messages up to 7 could not be delivered to every viewer" in caplog.text


def test_in_another_log_everybody_resumes_and_what_was_counted_is_read_again(log: LogInMemory) -> None:
    delivered: list[Any] = []
    follower = following(log, delivered.append)
    follower.open()
    told: list[Any] = []
    follower.reload = told.append
    follower.disconnect = lambda: told.append("disconnect")
    log.messages, log.replaced = log.messages[:3], True
    follower._read_on()
    assert told == [stored(3).cursor, "disconnect"]
    assert (follower.cursor, follower.generation, delivered) == (stored(3).cursor, 1, [])


def test_what_viewers_missed_comes_in_order_page_by_page(
    log: LogInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    follower = following(log)
    follower.open()
    assert [message.id for page in follower.missed(["*"], 2) for message in page] == [3, 4, 5, 6, 7]
    assert [message.id for page in follower.missed(["a"], 0) for message in page] == [2, 4, 6]
    assert list(follower.missed(["*"], 7)) == []


def test_a_viewer_that_is_ahead_of_this_process_does_not_wait_for_ever(
    log: LogInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LAG_S", 0.01)
    follower = following(log)
    follower.open()
    with pytest.raises(Unavailable, match="the database does not answer") as rejection:
        list(follower.missed(["*"], 8))
    assert rejection.value.reason == "this process has not read as far as 8"


@pytest.mark.parametrize(
    ("cursor", "position"),
    [
        (Cursor(5), Position(5, gap=False, replaced=False)),
        (Cursor(1), Position(1, gap=True, replaced=False)),
        (Cursor(99), Position(0, gap=True, replaced=True)),
    ],
)
def test_a_viewer_is_told_of_a_gap_and_of_another_log(
    log: LogInMemory, cursor: Cursor, position: Position
) -> None:
    log.expired = 2
    assert following(log).locate(["a"], cursor) == position


def test_a_position_is_of_the_log_that_is_followed_when_it_is_known(
    log: LogInMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = following(log)
    asked: list[int] = []

    def gap(*_: Any) -> bool:
        asked.append(1)
        follower.generation += len(asked) == 1  # the log is replaced while it is asked
        return False

    monkeypatch.setattr(log, "gap", gap)
    follower.locate(["a"], Cursor(5))
    assert len(asked) == 2
