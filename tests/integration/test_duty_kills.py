"""Two processes on one Postgres, one of which is always killed: nobody who is on call misses anything."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.support.databases import Postgres
from tests.support.oncall import Phone, calling, configured, phone
from tests.support.service import Service, running, wait_until

SHORT, FULL = 3, 30
LETTERS = "abcdefghij"


def name(number: int) -> str:
    """A text for each number, without digits, as texts that differ in these alone are the same."""
    return "broken: " + "".join(LETTERS[int(digit)] for digit in str(number))


class Night:
    """What was posted, each text once, and who is called about it."""

    def __init__(self, hook: Phone) -> None:
        self.hook = hook
        self.posted: list[str] = []

    def post(self, service: Service) -> None:
        text = name(len(self.posted))
        service.post(site="tst", log_message=text, log_level="error").raise_for_status()
        self.posted.append(text)

    def told(self) -> set[str]:
        """The lines of all calls, without their levels."""
        return {line.partition(" ")[2] for call in self.hook.calls for line in call.splitlines()}

    def is_told(self, *texts: str) -> bool:
        return self.told() >= {f"tst: {text}" for text in texts}


def test_no_kill_loses_an_alert_or_a_silence_or_writes_one_twice(
    postgres: Postgres, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills = FULL if request.config.getoption("--full") else SHORT
    sites = [f"quiet{number}" for number in range(kills)]
    url = postgres.ready()
    with phone() as hook:
        night = Night(hook)
        alert = calling(hook.url, again_after="1s", silence=True)
        config = {"STAGES": "prod", **configured(tmp_path, alert)}
        with running(url, tmp_path, **config) as one, running(url, tmp_path, **config) as two:
            night.post(one)
            wait_until(lambda: night.is_told(*night.posted), "the first one is told")
            for kill, site in enumerate(sites):
                victim, other = (one, two) if kill % 2 else (two, one)
                night.post(victim)
                other.post(site=site, log_message="here", next_within=1)
                time.sleep(random.uniform(0, 4))  # the random moment
                victim.kill()
                night.post(other)
                wait_until(lambda: night.is_told(night.posted[-1]), "the other one calls")
                victim.start()
            wait_until(lambda: night.is_told(*night.posted), "all are told")
            for site in sites:
                wait_until(lambda site=site: silences(night.hook, site), "its silence is told")  # type: ignore[misc]
                kinds = [each["notice"]["kind"] for each in one.recent(site=site) if "notice" in each]
                assert kinds == ["silence"]


def silences(hook: Phone, site: str) -> bool:
    """Whether somebody was called about the silence of a site."""
    return any(f" {site}: Silent for " in line for call in hook.calls for line in call.splitlines())
