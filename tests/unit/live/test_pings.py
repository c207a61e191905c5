"""Pings: each viewer's own in time, and nobody is kept for the sake of one."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from tests.support.greenlets import GREEN_TIME, others_run, run_until
from userstatus.live import pings as module
from userstatus.live.pings import Pings


class Viewer:
    def __init__(self, name: str, pinged: list[str]):
        self.name = name
        self.pinged = pinged

    def ping(self) -> None:
        self.pinged.append(self.name)


@pytest.fixture(autouse=True)
def green_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", GREEN_TIME)


def test_viewers_are_pinged_in_the_order_of_their_last_pongs_and_again_after_the_next() -> None:
    pinged: list[str] = []
    pings = Pings(0.01)
    one, two = Viewer("one", pinged), Viewer("two", pinged)
    pings.schedule(one)
    pings.schedule(two)
    run_until(lambda: len(pinged) == 2)
    pings.schedule(two)
    run_until(lambda: len(pinged) == 3)
    assert pinged == ["one", "two", "two"]


def test_nobody_is_pinged_before_the_interval_is_over() -> None:
    pinged: list[str] = []
    slow, quick = Pings(3600), Pings(0.01)
    viewers = [Viewer("slow", pinged), Viewer("quick", pinged)]
    slow.schedule(viewers[0])
    quick.schedule(viewers[1])
    run_until(lambda: pinged)
    assert pinged == ["quick"]


def test_a_viewer_that_has_left_is_not_kept_until_its_ping_is_due() -> None:
    pinged: list[str] = []
    pings = Pings(0.01)
    left, there = Viewer("left", pinged), Viewer("there", pinged)
    pings.schedule(left)
    pings.schedule(there)
    others_run()
    gone = ref(left)
    del left
    gc.collect()
    assert gone() is None
    run_until(lambda: pinged)
    assert pinged == ["there"]


def test_a_viewer_is_not_kept_by_having_been_pinged() -> None:
    pinged: list[str] = []
    pings = Pings(0.01)
    viewer, later = Viewer("viewer", pinged), Viewer("later", pinged)
    pings.schedule(viewer)
    run_until(lambda: pinged)
    pings.interval = 3600
    pings.schedule(later)
    others_run()
    gone = ref(viewer)
    del viewer
    gc.collect()
    assert gone() is None
