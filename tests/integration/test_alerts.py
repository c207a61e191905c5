"""Alerts arrive at a real HTTP server and a real SMTP server, whatever happens to the service."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

from tests.support.command import Shell
from tests.support.oncall import calling, configured, mail_server, phone
from tests.support.service import Service, running, wait_until
from userstatus.notice import CHANNEL, MUTE, UNMUTE

SITES = '[sites.mrc1]\nname = "McDonald 1"\ntimezone = "America/Chicago"\n'


def notices(service: Service, site: str, *kinds: str) -> list[tuple[str, str]]:
    """The kinds and texts of the notices of some kinds in the log of a site."""
    found = [
        (each["notice"]["kind"], each["message"]) for each in service.recent(site=site) if "notice" in each
    ]
    return [(kind, text) for kind, text in found if kind in kinds]


def test_who_is_on_call_gets_a_message_with_everything_that_matters(
    database_url: str, tmp_path: Path
) -> None:
    with phone() as hook, mail_server() as (mail_url, box):
        config = configured(tmp_path, calling(hook.url, hook.ntfy, mail_url), more=SITES)
        with running(database_url, tmp_path, PUBLIC_URL="https://status.example.org/", **config) as service:
            service.post(site="mrc1", log_message="slewing", log_level="warning")
            id = service.post(site="MRC1", log_message="Mount does\nnot answer", log_level="error").json()[
                "id"
            ]
            wait_until(
                lambda: hook.got("Mount", 2) and box.mails, f"all are called: {hook.calls}, {box.mails}"
            )
    pattern = (
        r"ERROR at McDonald 1 \(mrc1\)\nERROR McDonald 1 \(mrc1\): Mount does not answer\n"
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d C[SD]T \(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\)\n"
        rf"https://status\.example\.org/watch/mrc1\?id={id}"
    )
    for text in (*hook.calls, box.mails[0].replace("\r", "")):
        assert re.search(pattern, text), text
    assert len(hook.calls) == 2
    assert "secret" not in service.log.read_text()


def test_repeats_silence_and_recovery_are_told_as_time_passes(database_url: str, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0 0")
    with phone() as hook:
        config = {"CLOCK": str(clock), **configured(tmp_path, calling(hook.url, silence=True))}
        program = (sys.executable, "-m", "tests.support.clock")
        with running(database_url, tmp_path, *program, STAGES="prod", **config) as service:
            service.post(site="mrc1", log_message="exposing", next_within=20)
            for number in range(10, 35):
                service.post(site="tst", log_message=f"Retry {number}", log_level="error")
            hook.rings("Retry 10")
            clock.write_text("0 30")
            hook.rings("WARNING mrc1: Silent for ")
            service.post(site="mrc1", log_message="done")
            hook.rings("INFO mrc1: Speaks again after ")
            clock.write_text("0 1900")
            hook.rings("Retry 34\n×24 in 30 min")
    assert not hook.got("Silent for", 2)
    assert not hook.got("Speaks again", 2)
    assert not hook.got("Retry", 3)


def test_a_url_that_nobody_understands_fails_the_start_without_its_secrets(tmp_path: Path) -> None:
    config = configured(tmp_path, calling("nonsense://user:secret@example.org"))
    service = Service(f"sqlite:///{tmp_path}/x.db", tmp_path, **config).start(wait=False)
    assert service.process is not None
    assert service.process.wait(60) == 1
    told = service.log.read_text()
    assert "userstatus: alerts[1].to[1] is no URL that Apprise understands" in told
    assert "secret" not in told


def test_what_waits_for_a_channel_out_of_order_is_told_late_after_a_restart_and_the_log_says_so(
    tmp_path: Path,
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("0")
    with phone() as hook, phone() as other:
        hook.status = 500
        config = configured(tmp_path, calling(hook.url), calling(hook.url, other.url, level="warning"))
        program = (sys.executable, "-m", "tests.support.clock")
        with running(
            f"sqlite:///{tmp_path}/x.db", tmp_path, *program, STAGES="prod", CLOCK=str(clock), **config
        ) as service:
            service.post(site="tst", log_message="Mount", log_level="error")
            other.rings("Mount")
            wait_until(lambda: hook.refused, "it is tried")
            clock.write_text("400")
            wait_until(lambda: notices(service, "userstatus", CHANNEL), "the log says that it fails")
            other.rings("alerts[1].to[1] (JSON) cannot be called: HTTP 500. It has failed for ")
            service.kill()
            clock.write_text("8000")
            hook.status = 200
            service.start(*program)
            hook.rings("late by 2 h")
            wait_until(
                lambda: len(notices(service, "userstatus", CHANNEL)) == 2, "the log says that it works"
            )
            (_, failed), (_, works) = notices(service, "userstatus", CHANNEL)
            assert re.fullmatch(r"alerts\[1\]\.to\[1\] \(JSON\) can be called again\..*", works)
            assert "secret" not in failed + service.log.read_text()
    assert not hook.got("cannot be called"), "a channel is not told of itself"
    assert other.got("Mount", 1)
    assert not other.got("Mount", 2)


def test_a_muted_site_calls_nobody_until_something_worse_happens_and_the_log_says_so_once(
    tmp_path: Path,
) -> None:
    database = f"sqlite:///{tmp_path}/x.db"
    with phone() as hook:
        config = configured(tmp_path, calling(hook.url))
        with running(database, tmp_path, STAGES="prod", **config) as service:
            shell = Shell(tmp_path, service.url, DATABASE_URL=database, STAGES="prod")
            service.post(site="tst", log_message="Dome open")
            done = shell.run("mute", "TST", "--for", "2h", "--why", "mirror is washed")
            assert (done.returncode, done.stdout) == (0, ""), done.stderr
            wait_until(
                lambda: notices(service, "tst", MUTE, UNMUTE), "it is in the log of the running service"
            )
            service.post(site="tst", log_message="Mount", log_level="error")
            service.post(site="other", log_message="Dome", log_level="error")
            hook.rings("Dome")
            assert not hook.got("Mount")
            service.post(site="tst", log_message="too close to the sun", log_level="critical")
            hook.rings("while muted: 1 error")
            hook.rings("too close to the sun")
            wait_until(
                lambda: len(notices(service, "tst", MUTE, UNMUTE)) == 2, "the log says that it is over"
            )
            (_, muted), (kind, ended) = notices(service, "tst", MUTE, UNMUTE)
            assert "mirror is washed" in muted
            assert (kind, ended) == (
                "unmute",
                "No longer muted: critical is worse than what was muted. Meanwhile: 1 error",
            )


def test_a_site_is_muted_and_not_any_more_if_it_is_known_and_muted(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/x.db"
    with running(database, tmp_path, STAGES="prod") as service:
        shell = Shell(tmp_path, service.url, DATABASE_URL=database, STAGES="prod")
        mute = ("mute", "tst", "--for", "2h", "--why", "mirror is washed")
        refused = shell.run(*mute)
        assert (refused.returncode, "there is no message of tst in " in refused.stderr) == (1, True)
        service.post(site="tst", log_message="Dome open")
        assert "tst is not muted in " in shell.run("unmute", "tst").stderr
        for command in (mute, ("unmute", "tst")):
            assert shell.run(*command).returncode == 0
        wait_until(
            lambda: notices(service, "tst", MUTE, UNMUTE)[1:] == [("unmute", "No longer muted")],
            "both are in the log of the running service",
        )


def test_a_channel_that_hangs_delays_neither_others_nor_posts_nor_the_end_of_the_service(
    tmp_path: Path,
) -> None:
    with phone() as hook, phone() as other:
        hook.hangs = True
        config = configured(tmp_path, calling(f"{hook.url}?rto=60"))
        with running(f"sqlite:///{tmp_path}/x.db", tmp_path, STAGES="prod", **config) as service:
            configured(tmp_path, calling(f"{hook.url}?rto=60"), calling(other.url))
            os.kill(service.pid, signal.SIGHUP)
            wait_until(lambda: "2 alerts" in service.log.read_text(), "the configuration is read again")
            for number in range(3):
                service.post(site="tst", log_message=f"broken: {'abc'[number]}", log_level="error")
            other.rings("broken: a")
            assert service.stop() == 0
