"""Silence is told: exactly once, whoever is killed, and no site is blamed for what the service missed."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.databases import at, open_journal
from tests.support.messages import message
from tests.support.passing_time import PassingTime
from tests.support.service import Service, running, wait_until
from userstatus.notice import OWN_SITE, Notice
from userstatus.store.heartbeat import HeartbeatRow

DAY_S = 86_400
STEP_S = 30  # by which time passes, so that nobody takes it for a pause of the service
SILENT = "expected a message at least every 2 min"
CONFIG = """
[sites.tst]
silent_after = "2m"
"""


MUTE = Notice("mute", since=1, until=9e9, level="error", why="mirror is being washed")
MUTED = message("Nobody is called", "busy", notice=MUTE)


class Watched:
    """One service on SQLite, or two on one Postgres, and their time."""

    def __init__(self, services: list[Service], time: PassingTime, heartbeat: HeartbeatRow):
        self.services = services
        self.time = time
        self.heartbeat = heartbeat
        self.markers = 0

    def notices(self, site: str) -> list[str]:
        return [each["message"] for each in self.services[0].recent(site=site) if "notice" in each]

    def wait_for(self, site: str, *texts: str) -> None:
        """Wait until the site's notices match these regular expressions."""
        wait_until(lambda: len(self.notices(site)) >= len(texts), f"{site} has {texts}")
        found = self.notices(site)
        assert len(found) == len(texts), found
        for text, each in zip(texts, found, strict=True):
            assert re.fullmatch(text, each), found

    def elapse(self, seconds: int) -> None:
        """Let time pass while the services run, and notice that they do."""
        for _ in range(0, seconds, STEP_S):
            self.time.passes(STEP_S)
            now = int(self.time.now())
            wait_until(lambda now=now: self.last_beat() >= now, "a heartbeat")  # type: ignore[misc]

    def last_beat(self) -> int:
        beat = self.heartbeat.read()
        return 0 if beat is None else beat.at

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
    environ = {**time.environ, "CONFIG": str(folder / "userstatus.toml")}
    with ExitStack() as stack:
        database = stack.enter_context(closing(at(url)))
        services = [
            stack.enter_context(running(url, folder, *time.command, **environ))
            for _ in range(1 if url.startswith("sqlite") else 2)
        ]
        yield Watched(services, time, HeartbeatRow(database))


@pytest.fixture
def observatory(database_url: str, tmp_path: Path) -> Iterator[Watched]:
    with watched(database_url, tmp_path) as found:
        yield found


def test_silence_is_told_once_and_so_is_its_end_whoever_is_killed(
    observatory: Watched, database_url: str
) -> None:
    service = observatory.services[0]
    service.post(site="tst", log_message="as configured")
    service.post(site="busy", log_message="exposing", next_within=60)
    service.post(site="quiet", log_message="promises nothing")
    observatory.elapse(120)
    observatory.wait_for("tst", f"Silent for . min: {SILENT}")
    observatory.wait_for("busy", "Silent for 1 min.*: the last message promised another within 1 min")
    observatory.restart()
    observatory.look_around()
    for site in ("tst", "busy"):
        assert len(observatory.notices(site)) == 1
        assert summary(service, site)["silence"]["kind"] == "silence"
    assert observatory.notices("quiet") == []

    service.post(site="busy", log_message="done")
    observatory.wait_for("busy", "Silent .*", r"Speaks again after \d min( \d+ s)? of silence")
    for each in observatory.services:
        each.kill()
    with closing(at(database_url)) as database:  # as if they had been killed before they could say so
        open_journal(database, ttl=DAY_S).append([message("back"), message("and again"), MUTED])
    for each in observatory.services:
        each.start(*PassingTime.command)
    observatory.wait_for("tst", "Silent .*", "Speaks again after . min of silence")
    observatory.look_around()
    assert (len(observatory.notices("tst")), len(observatory.notices("busy"))) == (2, 3)
    assert "silence" not in summary(service, "tst")
    assert summary(service, "busy")["mute"]["why"] == "mirror is being washed"
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
    observatory.elapse(120)
    observatory.wait_for("tst", down, f"Silent for 2. min: {SILENT}")

    for service in observatory.services:
        os.kill(service.pid, signal.SIGSTOP)
    time.passes(600)
    for service in observatory.services:
        os.kill(service.pid, signal.SIGCONT)
    observatory.wait_for(OWN_SITE, down, "The service was down for 1. min: messages may be missing")
    observatory.look_around()
    assert len(observatory.notices("tst")) == 2, "it had been silent before"
    assert observatory.notices("quiet") == []


def test_one_of_two_processes_that_is_down_is_not_the_service(postgres: Any, tmp_path: Path) -> None:
    url = postgres.ready()
    with watched(url, tmp_path) as observatory:
        observatory.services[1].kill()
        observatory.elapse(90)
        observatory.services[1].start(*PassingTime.command)
        observatory.look_around()
        assert observatory.notices(OWN_SITE) == []


def test_a_configuration_that_is_read_again_counts_for_what_was_said_and_in_both_stages(
    tmp_path: Path,
) -> None:
    with watched(f"sqlite:///{tmp_path}/x.db", tmp_path) as observatory:
        (service,) = observatory.services
        for stage in ("", "/dev"):
            post = {"site": "new", "log_message": "x"}
            assert requests.post(f"{service.url}{stage}/newlog", json=post, timeout=5).ok
        observatory.elapse(120)
        (tmp_path / "userstatus.toml").write_text(CONFIG.replace("tst", "new"))
        os.kill(service.pid, signal.SIGHUP)
        observatory.wait_for("new", f"Silent for . min: {SILENT}")
        in_dev = partial(requests.get, f"{service.url}/dev/recent-logs", {"site": "new"}, timeout=10)
        wait_until(lambda: "notice" in in_dev().json()[-1], "it is told in the other stage")


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
        observatory.elapse(120)
        observatory.wait_for("tst", f"Silent for . min: {SILENT}")
