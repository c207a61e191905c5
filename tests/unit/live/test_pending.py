"""Connections without a viewer: the oldest are dropped when there are too many, and all of them in time."""

from __future__ import annotations

import pytest

from tests.support.greenlets import GREEN_TIME, run_until
from userstatus.live import pending as module
from userstatus.live.pending import PendingConnections


@pytest.fixture(autouse=True)
def green_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", GREEN_TIME)


def test_of_too_many_the_oldest_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PENDING", 2)
    dropped: list[str] = []
    pending = PendingConnections(dropped.append)
    for connection in ("a", "b", "c", "d"):
        pending.add(connection)
    assert dropped == ["a", "b"]


def test_one_on_which_a_viewer_has_connected_is_neither_counted_nor_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_PENDING", 2)
    monkeypatch.setattr(module, "PENDING_S", 0.01)
    dropped: list[str] = []
    pending = PendingConnections(dropped.append)
    for connection in ("a", "b", "c"):
        pending.add(connection)
        pending.discard("a")
    pending.discard("never added")
    assert dropped == []
    run_until(lambda: len(dropped) == 2)
    assert dropped == ["b", "c"]


def test_whoever_does_not_connect_in_time_is_dropped_and_so_is_whoever_comes_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PENDING_S", 0.01)
    dropped: list[str] = []
    pending = PendingConnections(dropped.append)
    pending.add("a")
    run_until(lambda: dropped == ["a"])
    pending.add("b")
    run_until(lambda: dropped == ["a", "b"])


def test_nobody_is_dropped_before_the_time_is_over() -> None:
    dropped: list[str] = []
    pending = PendingConnections(dropped.append)
    pending.add("early")
    late: list[str] = []
    other = PendingConnections(late.append)
    other._since["late"] = -module.PENDING_S  # of the monotonic clock, so long ago
    other.add("later")
    run_until(lambda: late == ["late"])
    assert dropped == []
