"""Two processes on one Postgres, one of which is always killed: nobody who is on call misses anything."""

from __future__ import annotations

import itertools
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


def told_of(hook: Phone, text: str) -> bool:
    return any(line.endswith(f": {text}") for call in hook.calls for line in call.splitlines())


def test_no_kill_loses_an_alert_or_writes_a_notice_twice(
    postgres: Postgres, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kills = FULL if request.config.getoption("--full") else SHORT
    url, numbers, posted = postgres.ready(), itertools.count(), []
    with phone() as hook:
        config = configured(
            tmp_path,
            calling(hook.url, again_after="1s", silence=True),
            more="[sites.quiet]\nsilent_after = '1s'\n",
        )

        def post(service: Service) -> None:
            text = name(next(numbers))
            service.post(site="tst", log_message=text, log_level="error").raise_for_status()
            posted.append(text)

        with (
            running(url, tmp_path, STAGES="prod", **config) as one,
            running(url, tmp_path, STAGES="prod", **config) as two,
        ):
            post(one)
            wait_until(lambda: told_of(hook, posted[-1]), "the first one is told")
            for kill in range(kills):
                victim, other = (one, two) if kill % 2 else (two, one)
                post(victim)
                other.post(site="quiet", log_message=f"here {kill}")
                time.sleep(random.uniform(0, 4))  # the random moment
                victim.kill()
                post(other)
                wait_until(lambda: told_of(hook, posted[-1]), "the other one calls")
                victim.start()
            wait_until(lambda: all(told_of(hook, each) for each in posted), "all are told")
            notices = [each for each in one.recent(site="quiet") if "notice" in each]
            silences = [each["notice"] for each in notices if each["notice"]["kind"] == "silence"]
            assert len(silences) == len({each["since"] for each in silences})
