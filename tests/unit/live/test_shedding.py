"""When all viewers together take too much, the greediest go first, and no more of them than have to."""

from __future__ import annotations

from contextlib import ExitStack
from operator import attrgetter

import pytest

from tests.support.attendance import Attendance
from tests.support.connections import detached_pair
from userstatus.live import shedding
from userstatus.live.channels import StreamChannel
from userstatus.live.shedding import Shedding


class Unheeding:
    """A viewer that is not heard, either."""

    kind = "ws"
    encode = attrgetter("websocket")
    linger = 3600.0

    def closing_bytes(self, code: int, _: str) -> bytes:
        return str(code).encode()

    def receive(self, data: bytes) -> None:
        raise NotImplementedError

    def left(self) -> None:
        raise NotImplementedError


def slow(attendance: Attendance, stack: ExitStack, waiting: int) -> StreamChannel:
    """A viewer that reads nothing, with so many bytes waiting for it beside what the kernel took."""
    ours, _ = stack.enter_context(detached_pair())
    channel = StreamChannel(ours, 10_000_000, Unheeding())
    attendance.on(channel)
    channel.write(b"x" * 200_000)
    channel.write(b"x" * waiting)
    return channel


def test_nobody_is_disconnected_while_there_is_room(attendance: Attendance) -> None:
    with ExitStack() as stack:
        channels = [slow(attendance, stack, size) for size in (100_000, 300_000)]
        Shedding(attendance.fanout).check()
        assert [channel.open for channel in channels] == [True, True]


def test_those_for_whom_most_waits_go_until_half_of_the_bound_is_left(
    attendance: Attendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shedding, "MAX_WAITING_BYTES", 3_000_000)
    with ExitStack() as stack:
        channels = [slow(attendance, stack, size) for size in (100_000, 2_000_000, 300_000, 1_500_000)]
        Shedding(attendance.fanout).check()
        assert [channel.open for channel in channels] == [True, False, True, False]
        assert attendance.fanout.load()[0] < 1_500_000


def test_those_who_watch_most_sites_go(attendance: Attendance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shedding, "MAX_SUBSCRIPTIONS", 50)
    modest, greedy = attendance.viewer("tst"), attendance.viewer(*(f"s{number}" for number in range(60)))
    others = [attendance.viewer("a", "b") for _ in range(3)]
    Shedding(attendance.fanout).check()
    assert [channel.open for _, channel in (modest, greedy, *others)] == [True, False, True, True, True]
