"""Several processes on one Postgres act as one service: one log, one order."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.support.databases import Postgres
from tests.support.posters import Poster
from tests.support.service import PROJECT, Service, free_port, needs, running, wait_until
from tests.support.viewers import RawViewer, watching


@contextmanager
def behind_nginx(services: list[Service], folder: Path) -> Iterator[str]:
    """nginx with the configuration of `deploy/`, except for its ports, and without TLS, for raw viewers."""
    needs("nginx")
    port = free_port()
    site = (PROJECT / "deploy" / "nginx.conf").read_text().partition("# Plain HTTP is redirected")[0]
    site = re.sub(r"\n +(ssl_|listen \[::\]).*", "", site)
    site = site.replace("listen 443 ssl http2", f"listen 127.0.0.1:{port}")
    site = site.replace("/var/log/nginx/", f"{folder}/")
    for example, service in zip(("8081", "8082"), services, strict=True):
        site = site.replace(f"127.0.0.1:{example}", f"127.0.0.1:{service.port}")
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; include {folder}/site.conf; }}\n"
    )
    nginx = shutil.which("nginx") or "nginx"
    process = subprocess.Popen([nginx, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"])
    try:
        outside = Service("", folder)
        outside.port, outside.url = port, f"http://127.0.0.1:{port}"
        outside.process = services[0].process
        wait_until(outside.answers, "nginx answers")
        yield outside.url
    finally:
        process.terminate()
        process.wait()


def connections(service: Service) -> int:
    assert service.process is not None
    found = psutil.Process(service.process.pid).net_connections("tcp")
    return sum(each.status == psutil.CONN_ESTABLISHED and each.laddr.port == service.port for each in found)


def join_both(viewers: list[RawViewer], outside: str, *services: Service) -> None:
    """Add at least ten viewers, until nginx has sent some to each process."""
    for number in range(10, 250):  # the ports determine which process an address is sent to
        viewers.append(RawViewer(outside, "tst", f"127.0.0.{number}"))
        wait_until(lambda: viewers[-1].states, "the viewer is connected")
        if len(viewers) >= 10 and min(map(connections, services)) > 1:
            break
    assert min(map(connections, services)) > 1, "nginx uses both processes"


def test_viewers_of_both_see_one_order_even_when_postgres_goes_away_and_comes_back(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    url = own_postgres.ready()
    with (
        running(url, tmp_path) as one,
        running(url, tmp_path) as two,
        behind_nginx([one, two], tmp_path) as outside,
    ):
        viewers: list[RawViewer] = []
        posters = [Poster(outside, "tst", f"poster{number}", pause=0.002) for number in range(4)]
        try:
            join_both(viewers, outside, one, two)
            for poster in posters:
                poster.start()
            posted(posters, 300)
            own_postgres.stop()
            wait_until(lambda: any(poster.rejections for poster in posters), "posts are rejected")
            own_postgres.start()
            posted(posters, 600)
            for poster in posters:
                poster.stop()
            stored = sorted(id for poster in posters for id, _ in poster.acknowledged)
            for viewer in viewers:
                wait_until(lambda viewer=viewer: stored[-1] in viewer.ids(), "the viewer has everything")  # type: ignore[misc]
                assert viewer.ids() == stored
            assert all("the database d" in rejection for rejection in posters[0].rejections), "it says why"
            assert sum(len(viewer.states) for viewer in viewers) == len(viewers), "nobody had to reconnect"
        finally:
            for poster in posters:
                poster.stop()
            for viewer in viewers:
                viewer.leave()


def posted(posters: list[Poster], count: int) -> None:
    wait_until(
        lambda: sum(len(poster.acknowledged) for poster in posters) >= count, f"{count} are posted", 60
    )


def test_a_message_posted_to_one_process_reaches_the_viewers_of_another(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.ready()
    with (
        running(url, tmp_path) as one,
        running(url, tmp_path) as two,
        watching(two.url, "?site=tst") as (viewer,),
    ):
        for number in range(20):
            one.post(site="tst", log_message=str(number))
            # Long before the follower would poll: Postgres notifies the other process.
            viewer.wait_for(number + 1, seconds=1)


def test_the_same_uuid_at_the_same_moment_in_two_processes_is_one_message(
    postgres: Postgres, tmp_path: Path
) -> None:
    url = postgres.ready()
    with running(url, tmp_path) as one, running(url, tmp_path) as two:
        posters = [Poster(service.url, "tst", "same", pause=0) for service in (one, two, one, two)]
        for poster in posters:
            poster.start()
        wait_until(lambda: all(len(poster.acknowledged) >= 50 for poster in posters), "all have posted")
        for poster in posters:
            poster.stop()
        ids = {text: id for id, text in posters[0].acknowledged[:50]}
        for poster in posters[1:]:
            assert {text: id for id, text in poster.acknowledged[:50]} == ids
        stored = [found["message"] for found in one.recent(site="tst")]
        assert len(stored) == len(set(stored))
