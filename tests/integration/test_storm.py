"""Repeated kill -9 in the middle of a burst: every message that got a 200 is stored once and seen by all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.posters import Poster
from tests.support.resuming import DataStreamViewer, EventViewer, PollingViewer, Resuming, SocketViewer
from tests.support.service import needs, running, wait_until
from tests.support.viewers import NodeViewer, RawViewer

SHORT, FULL = 3, 20


def test_no_kill_loses_or_duplicates_acknowledged_messages(
    database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    needs("node")
    kills = FULL if request.config.getoption("--full") else SHORT
    with running(database_url, tmp_path) as service:
        viewers = joined(service.url)
        posters = [Poster(service.url, "tst", f"poster{number}", careful=number < 2) for number in range(4)]
        try:
            wait_until(lambda: all(viewer.states for viewer in viewers), "all viewers are connected")
            for poster in posters:
                poster.start()
            for kill in range(kills):
                acknowledged(posters, (kill + 1) * 100)
                service.kill()
                service.start()
            acknowledged(posters, (kills + 1) * 100)
            for poster in posters:
                poster.stop()
            last = service.post(site="tst", log_message="the end").json()["id"]
            stored = {found["id"]: found["message"] for found in service.recent(site="tst", after_id=0)}
            for poster in posters:
                assert all(stored[id] == text for id, text in poster.acknowledged)
            assert len(set(stored.values())) == len(stored), "nothing is stored twice"
            assert sorted(stored) == list(range(1, last + 1)), "ids have no holes"
            for viewer in viewers:
                wait_until(lambda viewer=viewer: last in viewer.ids(), "the viewer has everything")  # type: ignore[misc]
                assert viewer.ids() == sorted(stored)
        finally:
            for poster in posters:
                poster.stop()
            for viewer in viewers:
                viewer.leave()


def joined(url: str) -> list[NodeViewer | RawViewer | Resuming]:
    """Viewers of every kind."""
    return [
        NodeViewer(url, "tst", "websocket"),
        NodeViewer(url, "tst", "polling"),
        RawViewer(url, "tst"),
        *(kind(url, "tst") for kind in (EventViewer, SocketViewer, DataStreamViewer, PollingViewer)),
    ]


def acknowledged(posters: list[Poster], count: int) -> None:
    """Wait until `count` messages have got a 200."""
    wait_until(
        lambda: sum(len(poster.acknowledged) for poster in posters) >= count, f"{count} are posted", 60
    )
