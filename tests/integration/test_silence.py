"""Silence is told: exactly once, whoever is killed, and no site is blamed for what the service missed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.databases import at, open_journal
from tests.support.messages import message
from tests.support.passing_time import PassingTime
from tests.support.service import Service, running, wait_until
from userstatus.notice import OWN_SITE
from userstatus.store.heartbeat import HeartbeatRow

DAY_S = 86_400
CONFIG = """
[sites.tst]
silent_after = "50s"
"""


class Watched:
    """One service on SQLite, or two on one Postgres, and their time."""

    def __init__(self, services: list[Service], time: PassingTime):
        self.services = services
        self.time = time
        self.markers = 0

    def notices(self, site: str) -> list[str]:
        return [each["message"] for each in self.services[0].recent(site=site) if "notice" in each]

    def wait_for(self, site: str, *texts: str) -> None:
        """Wait until these are the beginnings of the site's notices."""
        wait_until(lambda: len(self.notices(site)) >= len(texts), f"{site} has {texts}")
        found = self.notices(site)
        assert len(found) == len(texts), found
        for text, each in zip(texts, found, strict=True):
            assert each.startswith(text)

    def look_around(self) -> None:
        """Wait until the processes have looked for silence: a site of the test's own is told to be silent.

        Where there are two, it may be the same one twice; it is not often.
        """
        for service in self.services:
            self.markers += 1
            site = f"marker{self.markers}"
            service.post(site=site, log_message="x", next_within=1)
            self.time.passes(2)
            wait_until(lambda site=site: self.notices(site), "somebody looks")  # type: ignore[misc]

    def restart(self) -> None:
        for service in self.services:
            service.kill()
        for service in self.services:
            service.start(*PassingTime.command)


def summary(service: Service, site: str) -> dict[str, Any]:
    (found,) = requests.get(f"{service.url}/sites", {"site": site}, timeout=10).json()
    return dict(found)


@contextmanager
def watched(url: str, folder: Path) -> Iterator[Watched]:
    time = PassingTime(folder)
    (folder / "userstatus.toml").write_text(CONFIG)
    environ = {**time.environ, "CONFIG": str(folder / "userstatus.toml"), "STAGES": "prod"}
    with ExitStack() as stack:
        services = [
            stack.enter_context(running(url, folder, *time.command, **environ))
            for _ in range(1 if url.startswith("sqlite") else 2)
        ]
        yield Watched(services, time)


@pytest.fixture
def observatory(database_url: str, tmp_path: Path) -> Iterator[Watched]:
    with watched(database_url, tmp_path) as found:
        yield found


def test_silence_is_told_once_and_so_is_its_end_whoever_is_killed(
    observatory: Watched, database_url: str
) -> None:
    service = observatory.services[0]
    service.post(site="tst", log_message="as configured")
    service.post(site="busy", log_message="exposing", next_within=30)
    service.post(site="quiet", log_message="promises nothing")
    observatory.time.passes(55)
    configured = "Silent for 55 s: expected a message at least every 50 s"
    promised = "Silent for 55 s: the last message promised another within 30 s"
    observatory.wait_for("tst", configured[:12])
    observatory.wait_for("busy", promised[:12])
    assert observatory.notices("tst")[0].endswith(configured[16:])
    assert observatory.notices("busy")[0].endswith(promised[16:])
    observatory.restart()
    observatory.look_around()
    for site in ("tst", "busy"):
        assert len(observatory.notices(site)) == 1
        assert summary(service, site)["silence"]["kind"] == "silence"
    assert observatory.notices("quiet") == []

    service.post(site="busy", log_message="done")
    observatory.wait_for("busy", "Silent", "Speaks again after ")
    for each in observatory.services:
        each.kill()
    with closing(at(database_url)) as database:  # as if they had been killed before they could say so
        open_journal(database, ttl=DAY_S).append([message("back"), message("and again")])
    for each in observatory.services:
        each.start(*PassingTime.command)
    observatory.wait_for("tst", "Silent", "Speaks again after ")
    observatory.look_around()
    assert (len(observatory.notices("tst")), len(observatory.notices("busy"))) == (2, 2)
    assert "silence" not in summary(service, "tst")
    assert summary(service, "tst")["last"]["message"] == "and again"


def test_a_service_that_was_down_or_suspended_says_so_instead_of_blaming_the_sites(
    observatory: Watched,
) -> None:
    first, time = observatory.services[0], observatory.time
    first.post(site="tst", log_message="as configured")
    first.post(site="quiet", log_message="promises nothing")
    observatory.look_around()
    for service in observatory.services:
        service.kill()
    time.passes(24 * 60)
    for service in observatory.services:
        service.start(*PassingTime.command)
    down = "The service was down for 24 min: messages may be missing"
    observatory.wait_for(OWN_SITE, down)
    observatory.wait_for("tst", down)
    observatory.restart()
    time.passes(5)
    observatory.look_around()
    assert (observatory.notices(OWN_SITE), observatory.notices("tst")) == ([down], [down])
    time.passes(45)
    observatory.wait_for("tst", down, "Silent for 25 min: expected a message at least every 50 s")

    for service in observatory.services:
        os.kill(service.pid, signal.SIGSTOP)
    time.passes(600)
    for service in observatory.services:
        os.kill(service.pid, signal.SIGCONT)
    observatory.wait_for(OWN_SITE, down, "The service was down for 10 min")
    observatory.look_around()
    assert len(observatory.notices("tst")) == 2, "it had been silent before"
    assert observatory.notices("quiet") == []


def test_one_of_two_processes_that_is_down_is_not_the_service(postgres: Any, tmp_path: Path) -> None:
    url = postgres.ready()
    with watched(url, tmp_path) as observatory, closing(at(url)) as database:
        observatory.services[1].kill()
        row = HeartbeatRow(database)
        for _ in range(2):
            before = row.read() or 0
            observatory.time.passes(50)
            wait_until(lambda before=before: (row.read() or 0) > before + 40, "a heartbeat")  # type: ignore[misc]
        observatory.services[1].start(*PassingTime.command)
        observatory.look_around()
        assert observatory.notices(OWN_SITE) == []


def test_neither_clock_that_is_set_makes_a_site_silent_or_keeps_it_from_being(tmp_path: Path) -> None:
    with watched(f"sqlite:///{tmp_path}/x.db", tmp_path) as observatory:
        (service,) = observatory.services
        service.post(site="tst", log_message="x", timestamp=1)
        for wrong in (8 * DAY_S, 0, -3600, 0):
            observatory.time.is_set(wrong)
            observatory.look_around()
        assert (observatory.notices("tst"), observatory.notices(OWN_SITE)) == ([], [])
        observatory.time.is_set(8 * DAY_S)
        service.post(site="tst", log_message="x", timestamp=9e9)
        observatory.time.passes(55)
        observatory.wait_for("tst", "Silent for 5")
