"""The benchmarks' clients receive what they count, and the page about performance shows what was measured."""

from __future__ import annotations

import json
import re
import uuid

import pytest

from bench.crowd import KINDS, Crowd
from bench.load import Telescope
from docs import performance
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


def test_the_page_shows_the_figures_that_were_measured() -> None:
    figures = json.loads(performance.FIGURES.read_text())
    assert not figures["quick"], "measure it whole: make performance"
    written = performance.document(figures)
    assert performance.DOCUMENT.read_text() == written, "write it anew: python -m docs.performance --render"


def test_the_page_has_its_plots_for_light_and_for_dark() -> None:
    files = re.findall(r'(?:src|srcset)="([^"]+)"', performance.DOCUMENT.read_text())
    assert len(files) == 2 * len(performance.PLOTS)
    assert [file for file in files if not (performance.DOCUMENT.parent / file).is_file()] == []
