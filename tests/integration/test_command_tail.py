"""`userstatus tail`, as a process beside a real server."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.support.command import Shell
from tests.support.keys import make_key, revoke_key
from tests.support.service import Service, free_port, running

HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202eback\rover"


@pytest.fixture
def shell(tmp_path: Path, service: Service) -> Shell:
    return Shell(tmp_path, service.url)


def texts(lines: list[str]) -> list[str]:
    return [json.loads(line)["message"] for line in lines]


def test_it_shows_the_last_messages_and_then_new_ones(shell: Shell, service: Service) -> None:
    for number in range(12):
        service.post(site="first", log_message=f"before {number}")
    with shell.running("tail", "first", "--json") as tail:
        tail.shows("before 11")
        service.post(site="first", log_message="after")
        service.post(site="elsewhere", log_message="not for it")
        service.post(site="first", log_message="at last")
        tail.shows("at last")
    assert texts(tail.lines) == [*(f"before {number}" for number in range(2, 12)), "after", "at last"]


def test_since_and_level_choose_what_is_shown(shell: Shell, service: Service) -> None:
    levels = ("debug", "info", "warning", "error", "critical")
    for number in range(20):
        service.post(site="levels", log_message=f"old {number}", log_level=levels[number % 5])
    with shell.running("tail", "levels", "--since", "1h", "--level", "error", "--json") as tail:
        tail.shows("old 19")
        for level in levels:
            service.post(site="levels", log_message=f"new {level}", log_level=level)
        tail.shows("new critical")
    old = [f"old {number}" for number in range(20) if number % 5 >= 3]
    assert texts(tail.lines) == [*old, "new error", "new critical"]


def test_a_server_that_is_killed_under_it_costs_no_message_and_repeats_none(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        posted = []

        def post(text: str) -> None:
            posted.append(text)
            assert service.post(site="tst", log_message=text).ok

        post("at first")
        with Shell(tmp_path, service.url).running("tail", "tst", "--json", "--since", "1h") as tail:
            tail.shows("at first")
            for round in range(2):
                post(f"before {round}")
                service.kill()
                tail.says("lost the connection")
                service.start()
                for number in range(20):
                    post(f"after {round} {number}")
            tail.shows("after 1 19")
            assert texts(tail.lines) == posted
            tail.says("connected again; nothing was missed")


def test_ctrl_c_ends_it_with_130_and_without_a_word(shell: Shell, service: Service) -> None:
    service.post(site="ctrlc", log_message="there")
    with shell.running("tail", "ctrlc") as tail:
        tail.shows("there")
        assert tail.interrupt() == 130
    assert tail.errors == []


@pytest.mark.parametrize("further", ["", "after"])
def test_a_closed_pipe_ends_it_with_141_whether_or_not_more_is_to_be_written(
    shell: Shell, service: Service, further: str
) -> None:
    service.post(site=f"pipe{further}", log_message="there")
    with subprocess.Popen(
        [*shell.command, "tail", f"pipe{further}"],
        env=shell.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as tail:
        assert tail.stdout
        assert tail.stderr
        assert b"there" in tail.stdout.readline()
        tail.stdout.close()
        if further:
            service.post(site="pipeafter", log_message=further)
        assert tail.wait(30) == 141
        assert tail.stderr.read() == b""


def test_a_terminal_gets_colours_by_level_unless_no_color_is_set(shell: Shell, service: Service) -> None:
    service.post(site="colors", log_message="rain", log_level="warning")
    service.post(site="colors", log_message="fine")
    shown = shell.on_terminal("tail", "colors", seen="fine")
    assert "\x1b[33mWARNING  colors rain\x1b[0m" in shown
    assert "Z INFO     colors fine" in shown
    assert "\x1b" not in shell.on_terminal("tail", "colors", seen="fine", NO_COLOR="1")


def test_a_message_cannot_control_a_terminal(shell: Shell, service: Service) -> None:
    service.post(site="hostile", log_message=f"\n{HOSTILE}\n2026-11-24T03:12:07Z CRITICAL forged\n")
    service.post(site="hostile", log_message="the end")
    for arguments in (("tail", "hostile"), ("tail", "hostile", "--json")):
        shown = shell.on_terminal(*arguments, seen="the end", NO_COLOR="1")
        assert not set("\x1b\x07\x9b\u202e") & set(shown.replace("\r\n", "\n"))
    lines = shell.run("recent", "hostile").stdout.splitlines()
    assert lines[0].endswith(r"hostile red \x1b]0;title\x07 \x9b2J \u202eback\x0dover")
    assert lines[1] == "    2026-11-24T03:12:07Z CRITICAL forged"


def test_times_are_in_utc_or_local(shell: Shell, service: Service) -> None:
    service.post(site="times", log_message="x", timestamp=time.time() // 86400 * 86400)
    zone = {"TZ": "Asia/Kolkata"}
    assert "T00:00:00Z INFO" in shell.on_terminal("tail", "times", "--utc", seen="times x", **zone)
    assert "T05:30:00+05:30 INFO" in shell.on_terminal("tail", "times", "--local", seen="times x", **zone)


def test_a_server_that_cannot_be_reached_at_first_is_an_error(shell: Shell) -> None:
    done = shell.run("tail", "--url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert done.stderr.startswith("userstatus: cannot reach http://127.0.0.1:")
    assert done.stderr.count("\n") == 1


def test_a_page_of_something_else_is_said_to_be_that(shell: Shell, service: Service) -> None:
    done = shell.run("tail", "--url", f"{service.url}/watch/tst?")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "404 " in done.stderr


def test_a_key_opens_what_is_closed_and_ends_it_when_revoked(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, READING="keys") as service:
        shell = Shell(tmp_path, service.url)
        done = shell.run("tail", "tst")
        assert done.returncode == 1
        assert done.stderr == (
            "userstatus: 401 a key is needed to read: give it with --key or USERSTATUS_KEY\n"
        )
        key = make_key(service, "reader", "tst", "read")
        service.post(site="tst", log_message="for those with a key")
        shell.environ["USERSTATUS_KEY"] = key
        with shell.running("tail", "tst") as tail:
            tail.shows("for those")
            revoke_key(service, "reader")
            assert tail.process.wait(60) == 1
            tail.says("401")
