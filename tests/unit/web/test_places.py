"""Places: as many connections as there are file descriptors for, those included that no greenlet serves."""

from __future__ import annotations

import resource

import pytest

from tests.support.greenlets import others_run, run_until
from userstatus import eventloop
from userstatus.web.places import MAX_CONNECTIONS, RESERVED_FILES, Places, max_connections


@pytest.mark.parametrize(
    ("files", "connections"),
    [
        (resource.RLIM_INFINITY, MAX_CONNECTIONS),
        (10 * MAX_CONNECTIONS, MAX_CONNECTIONS),
        (1024, 1024 - RESERVED_FILES),
        (20, 16),
    ],
)
def test_connections_leave_file_descriptors_for_the_database(
    files: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    assert max_connections() == connections


def test_a_connection_without_a_greenlet_keeps_its_place_until_it_is_closed() -> None:
    places, served = Places(1), list[str]()
    places.spawn(places.lend)
    others_run()
    waiting = eventloop.spawn(places.spawn, served.append, "next")
    others_run()
    assert (served, places.running()) == ([], 0)
    places.take_back()
    run_until(lambda: served == ["next"])
    waiting.wait()
    assert places.free() == 1
