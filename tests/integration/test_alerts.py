"""Alerts arrive at a real HTTP server and a real SMTP server, whatever happens to the service."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.command import Shell
from tests.support.metrics import scrape
from tests.support.oncall import Mailbox, Phone, calling, configured, mail_server, phone
from tests.support.passing_time import PassingTime
from tests.support.service import Service, running, wait_until
from userstatus.notice import OWN_SITE, SILENCE, UNMUTE

SITES = '[sites.mrc1]\nname = "McDonald 1"\ntimezone = "America/Chicago"\n'
FAILING = ("userstatus_alerts_failing", "")
WHY = ("--why", "mirror\nis washed")


@dataclass
class Duty:
    """A service that calls somebody over three channels: one works, one fails and one never answers."""

    service: Service
    shell: Shell
    time: PassingTime
    hook: Phone
    broken: Phone
    hanging: Phone
    box: Mailbox

    def says(self, site: str, text: str, level: str = "error", **more: Any) -> int:
        response = self.service.post(site=site, log_message=text, log_level=level, **more)
        response.raise_for_status()
        return int(response.json()["id"])

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait while time flies, so that nobody has to wait for what may join a call."""

        def looks() -> object:
            self.time.flies(1)
            return condition()

        wait_until(looks, what)

    def rings(self, phone: Phone, text: str, times: int = 1) -> None:
        self.until(lambda: phone.got(text, times), f"it is called about {text!r}: {phone.calls}")

    def notices(self, site: str, kind: str) -> list[str]:
        """The texts of the notices of a kind in the log of a site."""
        found = self.service.recent(site=site)
        return [each["message"] for each in found if each.get("notice", {}).get("kind") == kind]

    def muted(self) -> list[str]:
        """Why sites are muted, as the wall shows it."""
        sites = requests.get(f"{self.service.url}/sites", timeout=10).json()
        return [each["mute"]["why"] for each in sites if "mute" in each]

    def failures(self) -> list[dict[str, Any]]:
        """What the log says of the channel that fails."""
        found = self.service.recent(site=OWN_SITE)
        return [each for each in found if each["message"].startswith("alerts[2].to[1] (JSON) can")]


@pytest.fixture
def duty(database_url: str, tmp_path: Path) -> Iterator[Duty]:
    time = PassingTime(tmp_path)
    with ExitStack() as stack:
        hook, broken, hanging = (stack.enter_context(phone()) for _ in range(3))
        broken.status, hanging.hangs = 500, True
        mail, box = stack.enter_context(mail_server())
        environ = {
            "PUBLIC_URL": "https://status.example.org/",
            "STAGES": "prod",
            **time.environ,
            **configured(
                tmp_path,
                calling(hook.url, silence=True),
                calling(broken.url),
                calling(f"{hanging.url}?rto=60", level="critical"),
                calling(hook.url, broken.url, level="warning", sites=[OWN_SITE]),
                calling(hook.ntfy, mail, sites=["mrc1"]),
                more=SITES,
            ),
        }
        service = stack.enter_context(running(database_url, tmp_path, *time.command, **environ))
        shell = Shell(tmp_path, service.url, DATABASE_URL=database_url, STAGES="prod")
        yield Duty(service, shell, time, hook, broken, hanging, box)


def test_a_night_on_duty(duty: Duty) -> None:
    who_is_called_learns_everything_that_matters(duty)
    nobody_waits_for_a_channel_that_hangs(duty)
    a_muted_site_calls_nobody_until_something_worse_happens_or_it_is_unmuted(duty)
    repeats_silence_and_recovery_are_told_as_time_passes(duty)
    a_mute_is_over_when_its_time_is(duty)
    a_channel_that_keeps_failing_is_told_in_the_log_without_its_secret(duty)
    after_a_kill_everything_that_waits_is_told_and_said_to_be_late(duty)
    a_channel_that_hangs_does_not_delay_the_end_of_the_service(duty)


def who_is_called_learns_everything_that_matters(duty: Duty) -> None:
    wait_until(lambda: scrape(duty.service).get(FAILING) == 0, "somebody is on duty")
    duty.says("mrc1", "slewing", "warning")
    id = duty.says("MRC1", "Mount does\nnot answer")
    duty.rings(duty.hook, "Mount", 2)
    wait_until(lambda: duty.box.mails, "the mail arrives")
    pattern = (
        r"ERROR at McDonald 1 \(mrc1\)\nERROR McDonald 1 \(mrc1\): Mount does not answer\n"
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d C[SD]T \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)\n"
        rf"https://status\.example\.org/watch/mrc1\?id={id}"
    )
    assert not duty.hook.got("slewing")
    calls = [call for call in duty.hook.calls if "Mount" in call]
    for text in (*calls, duty.box.mails[0].replace("\r", "")):
        assert re.search(pattern, text), text


def nobody_waits_for_a_channel_that_hangs(duty: Duty) -> None:
    duty.says("eco1", "Lightning", "critical")
    duty.until(lambda: duty.hanging.ringing, "it is called")
    duty.says("eco1", "Thunder", "critical")
    duty.rings(duty.hook, "Thunder")
    assert duty.hanging.ringing, "the first call still hangs"


def a_muted_site_calls_nobody_until_something_worse_happens_or_it_is_unmuted(duty: Duty) -> None:
    mutes = {"tst": "2h", "aro1": "2h", "saf": "1h"}
    for site in mutes:
        duty.says(site, "Dome open", "info")
    with ThreadPoolExecutor() as threads:
        commands = [("mute", site.upper(), "--for", time, *WHY) for site, time in mutes.items()]
        done = list(threads.map(lambda command: duty.shell.run(*command), commands))
    assert [(each.returncode, each.stdout) for each in done] == [(0, "")] * 3, done
    wait_until(lambda: duty.muted() == ["mirror is washed"] * 3, "the running service knows it")

    for site, text in (("tst", "Guider"), ("aro1", "Rotator"), ("saf", "Focuser"), ("eco1", "Dome")):
        duty.says(site, text)
    duty.rings(duty.hook, "ERROR eco1: Dome")
    assert not any(duty.hook.got(text) for text in ("Guider", "Rotator", "Focuser"))
    assert duty.shell.run("unmute", "aro1").returncode == 0
    duty.says("tst", "too close to the sun", "critical")
    for line in (
        "ERROR tst: while muted: 1 error",
        "CRITICAL tst: too close to the sun",
        "ERROR aro1: while muted: 1 error",
    ):
        duty.rings(duty.hook, line)
    wait_until(lambda: len(duty.muted()) == 1, "these mutes are over")
    assert duty.notices("aro1", UNMUTE) == ["No longer muted"]
    assert duty.notices("tst", UNMUTE) == [
        "No longer muted: critical is worse than what was muted. Meanwhile: 1 error"
    ]


def repeats_silence_and_recovery_are_told_as_time_passes(duty: Duty) -> None:
    duty.says("mrc2", "exposing", "info", next_within=20)
    for number in range(10, 35):
        duty.says("sro1", f"Retry {number}")
    duty.rings(duty.hook, "Retry 10")
    duty.time.passes(30)
    wait_until(lambda: duty.notices("mrc2", SILENCE), "the silence is told in the log")
    duty.rings(duty.hook, "WARNING mrc2: Silent for ")
    duty.says("mrc2", "done", "info")
    duty.rings(duty.hook, "INFO mrc2: Speaks again after ")
    duty.time.flies(3700)
    duty.rings(duty.hook, "Retry 34\n×24 in 30 min")
    for once in ("Silent for", "Speaks again"):
        assert not duty.hook.got(once, 2)
    assert not duty.hook.got("Retry", 3)


def a_mute_is_over_when_its_time_is(duty: Duty) -> None:
    duty.rings(duty.hook, "ERROR saf: while muted: 1 error")
    wait_until(lambda: duty.muted() == [], "the log says that it is over")
    assert duty.notices("saf", UNMUTE) == ["No longer muted: the time is over. Meanwhile: 1 error"]


def a_channel_that_keeps_failing_is_told_in_the_log_without_its_secret(duty: Duty) -> None:
    duty.rings(duty.hook, "alerts[2].to[1] (JSON) cannot be called: HTTP 500. It has failed for ")
    assert scrape(duty.service)[FAILING] >= 1
    assert len(duty.failures()) == 1
    assert "secret" not in str(duty.service.recent(site=OWN_SITE)) + duty.service.log.read_text()


def after_a_kill_everything_that_waits_is_told_and_said_to_be_late(duty: Duty) -> None:
    duty.service.kill()
    duty.time.flies(8000)
    duty.broken.status, duty.hanging.hangs = 200, False
    duty.service.start(*duty.time.command)
    for called in (duty.broken, duty.hanging):
        duty.rings(called, "late by ")
    assert duty.broken.got("Mount")
    assert any("Lightning" in call and "late by" in call for call in duty.hanging.calls), "it was not over"
    wait_until(lambda: len(duty.failures()) == 2, "the log says that it works again")
    wait_until(lambda: scrape(duty.service).get(FAILING) == 0, "every channel works")
    failed, works = duty.failures()
    assert works["message"].startswith("alerts[2].to[1] (JSON) can be called again. It has failed for ")
    assert (failed["log_level"], works["log_level"]) == ("warning", "info")
    assert failed["notice"] == works["notice"], "both are about the same time and place"
    assert not duty.broken.got("alerts[2].to[1] (JSON) cannot"), "a channel is not told of itself"
    assert not duty.hook.got("Mount", 3), "what was told is not told again"


def a_channel_that_hangs_does_not_delay_the_end_of_the_service(duty: Duty) -> None:
    duty.hanging.hangs = True
    duty.says("eco1", "Fire", "critical")
    duty.until(lambda: duty.hanging.ringing, "it is called")
    assert duty.service.stop() == 0
    assert "secret" not in duty.service.log.read_text()


def test_a_url_that_nobody_understands_fails_the_start_without_its_secrets(tmp_path: Path) -> None:
    config = configured(tmp_path, calling("nonsense://user:secret@example.org"))
    service = Service(f"sqlite:///{tmp_path}/x.db", tmp_path, **config).start(wait=False)
    assert service.process is not None
    assert service.process.wait(60) == 1
    told = service.log.read_text()
    assert "userstatus: alerts[1].to[1] is no URL that Apprise understands" in told
    assert "secret" not in told
