"""Hundreds of viewers, a fifth of each kind, all see the same messages in the same order."""

from __future__ import annotations

import resource
from pathlib import Path

from tests.support.crowd import KINDS, Crowd
from tests.support.posters import Poster
from tests.support.service import running, wait_until

SHORT, FULL = 200, 1000


def test_a_crowd_of_viewers_of_every_kind_sees_the_same_order(tmp_path: Path, full: bool) -> None:
    count = FULL if full else SHORT
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, LOG_LEVEL="warning") as service:
        crowd = Crowd(service.port, count)
        posters = [Poster(service.url, "tst", f"poster{number}", pause=0.2) for number in range(4)]
        try:
            for poster in posters:
                poster.start()
            crowd.read_until(lambda: sum(len(poster.acknowledged) for poster in posters) >= 60)
            for poster in posters:
                poster.stop()
            ids = sorted(id for poster in posters for id, _ in poster.acknowledged)
            crowd.read_until(lambda: all(len(member.ids) >= len(ids) for member in crowd.members))
            assert len(crowd.members) == count
            for kind in KINDS:
                seen = {tuple(member.ids) for member in crowd.members if type(member) is kind}
                assert seen == {tuple(ids)}, kind.__name__
        finally:
            for poster in posters:
                poster.stop()
            crowd.close()
        wait_until(service.answers, "the service is well")
