"""The benchmarks' clients receive what they count."""

from __future__ import annotations

import uuid

import pytest

from bench.crowd import KINDS, Crowd
from bench.load import Telescope
from tests.support.service import Service


@pytest.mark.parametrize("kind", KINDS)
def test_a_crowd_counts_what_each_viewer_receives_live_and_after_it_has_been_away(
    service: Service, kind: str
) -> None:
    site = uuid.uuid4().hex
    telescope = Telescope(service.port, site)
    with Crowd(service.port, kind, 10, sites=(site, "another")) as crowd:
        crowd.connect()
        after = service.cursor()
        telescope.send("Slewing", "Exposing", "Parking")
        crowd.read_until(5 * 3)
    with Crowd(service.port, kind, 10, sites=(site,), after=after) as crowd:
        crowd.connect()
        crowd.read_until(10 * 3)
    telescope.close()
    assert len(crowd.arrivals) == 10 * 3
