"""Two processes on one Postgres, one of which is always killed: nobody who is on call misses anything."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.support.databases import Postgres, at, open_journal
from tests.support.messages import message
from tests.support.oncall import Phone, calling, configured, phone
from tests.support.service import Service, running, wait_until
from userstatus.duty.mutes import mute
from userstatus.notice import CHANNEL, MUTE, OWN_SITE, RECOVERY, SILENCE, UNMUTE
from userstatus.store.journal import Journal

SHORT, FULL = 2, 30  # even: the channel that fails works in the end
DAY_S = 86_400
LETTERS = "abcdefghij"
COMMAND = (sys.executable, "tests/support/insistent.py")


def name(number: int) -> str:
    """A text for each number, without digits, as texts that differ in these alone are the same."""
    return "broken: " + "".join(LETTERS[int(digit)] for digit in str(number))


class Night:
    """What is posted, each text once, and who is called about it: `hook` always, `weak` when it works."""

    def __init__(self, services: tuple[Service, Service], journal: Journal, hook: Phone, weak: Phone) -> None:
        self.services = services
        self.journal = journal
        self.hook = hook
        self.weak = weak
        self.posted: list[str] = []

    def post(self, service: Service) -> None:
        text = name(len(self.posted))
        service.post(site="tst", log_message=text, log_level="error").raise_for_status()
        self.posted.append(text)

    def kill_one(self, number: int) -> None:
        """Let something of every kind happen, and kill one of the two at a random moment."""
        victim, other = self.services if number % 2 else self.services[::-1]
        self.weak.status = 200 if number % 2 else 500
        self.post(victim)
        other.post(site=f"quiet{number}", log_message="here", next_within=1)
        if number:
            other.post(site=f"quiet{number - 1}", log_message="here again")
        busy = f"busy{number}"
        self.journal.append(
            [mute(busy, 2, "error", "why", time.time()), message("Mount", busy, log_level="error")]
        )
        time.sleep(random.uniform(0, 4))  # the random moment
        victim.kill()
        self.post(other)
        self.rings(f"tst: {self.posted[-1]}")
        victim.start(*COMMAND)
        self.rings(f"quiet{number}: Silent for ")
        self.rings(f"busy{number}: while muted: 1 error")
        if number:
            self.rings(f"quiet{number - 1}: Speaks again ")
        wait_until(lambda: len(self.about_channel()) > number, "the log says whether the channel works")

    def lines(self, phone: Phone) -> list[str]:
        """The lines of all calls, without their levels."""
        return [line.partition(" ")[2] for call in phone.calls for line in call.splitlines()]

    def rings(self, start: str) -> None:
        wait_until(
            lambda: any(line.startswith(start) for line in self.lines(self.hook)),
            f"it is called about {start}: {self.hook.calls}",
        )

    def about_channel(self) -> list[tuple[str, str]]:
        """What the log says of the channel that fails, with the levels."""
        found = self.services[0].recent(site=OWN_SITE)
        return [(each["log_level"], each["message"]) for each in found if each["notice"]["kind"] == CHANNEL]

    def kinds(self, site: str) -> list[str]:
        """The kinds of the notices in the log of a site."""
        return [each["notice"]["kind"] for each in self.services[0].recent(site=site) if "notice" in each]

    def duplicates(self) -> int:
        """How many lines about messages were told once more."""
        told = [
            [line for line in self.lines(phone) if ": broken:" in line] for phone in (self.hook, self.weak)
        ]
        return sum(len(lines) - len(set(lines)) for lines in told)


@pytest.fixture
def night(postgres: Postgres, tmp_path: Path) -> Iterator[Night]:
    url = postgres.ready()
    with ExitStack() as stack:
        hook, weak = stack.enter_context(phone()), stack.enter_context(phone())
        config = configured(
            tmp_path,
            calling(hook.url, level="warning", again_after="1s", silence=True),
            calling(weak.url, again_after="1s"),
        )
        one, two = (
            stack.enter_context(running(url, tmp_path, *COMMAND, STAGES="prod", **config)) for _ in range(2)
        )
        database = stack.enter_context(closing(at(url)))
        yield Night((one, two), open_journal(database, DAY_S), hook, weak)


@pytest.mark.timeout(1200)  # in full, on a busy machine
def test_no_kill_loses_a_call_or_a_notice_or_writes_one_twice(
    night: Night, full: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    kills, began = FULL if full else SHORT, time.monotonic()
    for number in range(kills):
        night.kill_one(number)
    texts = {f"tst: {text}" for text in night.posted}
    for called in (night.hook, night.weak):
        wait_until(lambda called=called: texts <= {*night.lines(called)}, f"all are told: {called.calls}")  # type: ignore[misc]
    for number in range(kills):
        assert night.kinds(f"busy{number}") == [MUTE, UNMUTE]
        assert night.kinds(f"quiet{number}") == [SILENCE, RECOVERY][: 2 if number < kills - 1 else 1]
    about = night.about_channel()
    assert [level for level, _ in about] == ["warning", "info"] * (kills // 2)
    for level, text in about:
        if level == "warning":
            night.rings(f"{OWN_SITE}: {text}")
    if full:
        calls = len(night.hook.calls), len(night.weak.calls)
        told_again = f"{night.duplicates()} lines told more than once"
        figures = f"{kills} kills, {len(texts)} messages, {calls} calls, {told_again}, none lost"
        with capsys.disabled():
            sys.stdout.write(f"\n{figures}, {time.monotonic() - began:.0f} s\n")
