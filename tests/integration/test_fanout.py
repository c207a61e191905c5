"""Fan-out to Socket.IO viewers: frames are written at once, or wait in the library's queue."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.posters import Poster
from tests.support.service import Service, running, wait_until
from tests.support.viewers import RawViewer, watching

# Starts the service with WebSockets that always have to wait.
QUEUED = """
import sys
from userstatus import eventloop
eventloop.patch()
from userstatus.sockets import DetachedSocket
write = DetachedSocket.write
def write_later(self, data):
    if isinstance(data, bytes):  # the greenlet that writes what waits has a memoryview of it
        raise BlockingIOError
    return write(self, data)
DetachedSocket.write = write_later
from userstatus.server import main
sys.exit(main())
"""


@pytest.fixture(params=["at once", "queued"])
def either_way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    command = (sys.executable, "-c", QUEUED) if request.param == "queued" else ()
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, *command, VIEWER_BUFFER="64k") as service:
        yield service


def test_every_viewer_gets_everything_once_in_order_even_if_it_drops_and_resumes(either_way: Service) -> None:
    viewers = [RawViewer(either_way.url, "tst") for _ in range(8)]
    posters = [Poster(either_way.url, "tst", f"poster{number}") for number in range(4)]
    wait_until(lambda: all(viewer.states for viewer in viewers), "all are connected")
    for poster in posters:
        poster.start()
    for viewer in viewers[:4]:
        viewer.drop(after=100)
    wait_until(lambda: sum(len(poster.acknowledged) for poster in posters) >= 500, "many are posted")
    for poster in posters:
        poster.stop()
    stored = sorted(id for poster in posters for id, _ in poster.acknowledged)
    for viewer in viewers:
        wait_until(lambda viewer=viewer: stored[-1] in viewer.ids(), "the viewer has everything")  # type: ignore[misc]
        viewer.leave()
        assert viewer.ids() == stored
    assert sum(viewer.drops for viewer in viewers) == 4


def test_frames_of_every_size_arrive_whole(either_way: Service) -> None:
    texts = ["x" * size for size in (1, 20, 21, 22, 60, 125, 126, 127, 9_999)] + ["é😀" * 3_000]
    with watching(either_way.url, "?site=tst", transports=["websocket"]) as (viewer,):
        for text in texts:
            either_way.post(site="tst", log_message=text)
        viewer.wait_for(len(texts))
        assert viewer.texts() == texts


def test_messages_that_do_not_fit_into_the_socket_follow_in_order(either_way: Service) -> None:
    """More than the kernel accepts at once, to a viewer that eventually reads it all."""
    with watching(either_way.url, "?site=tst", transports=["websocket"]) as (viewer,):
        sent = [either_way.post(site="tst", log_message="x" * 10_000).json()["id"] for _ in range(60)]
        viewer.wait_for(60)
        assert viewer.ids() == sent
