"""`userstatus send`, `recent`, `replay` and `spool`, as processes beside a real server."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.support.command import Shell
from tests.support.keys import make_key
from tests.support.service import Service, free_port, running, wait_until
from userstatus.client.file_lock import FileLock

DEAD = "http://127.0.0.1:1"  # nothing listens there


@pytest.fixture
def shell(tmp_path: Path, service: Service) -> Shell:
    return Shell(tmp_path, service.url)


def texts(service: Service, site: str) -> list[tuple[str, str]]:
    found = sorted(service.recent(site=site), key=lambda message: int(message["id"]))
    return [(message["log_level"], message["message"]) for message in found]


# send


def test_send_posts_its_words_as_one_message(shell: Shell, service: Service) -> None:
    done = shell.run("send", "Dome", "open", "--site", "WORDS", "--level", "WARN", "--next-within", "10m")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert texts(service, "words") == [("warning", "Dome open")]
    assert service.recent(site="words")[0]["next_within"] == 600


def test_send_posts_each_line_of_its_input(shell: Shell, service: Service) -> None:
    given = b"INFO one\n[error] two\n\nthree \xb0C\r\nWARN: no end"
    assert shell.run("send", "--level-from-text", "--site", "lines", given=given).returncode == 0
    assert texts(service, "lines") == [
        ("info", "INFO one"),
        ("error", "[error] two"),
        ("info", "three °C"),
        ("warning", "WARN: no end"),
    ]


def test_send_posts_a_line_while_the_pipe_is_open(shell: Shell, service: Service) -> None:
    shell.environ["USERSTATUS_SITE"] = "pipe"
    with shell.running("send") as send:
        assert send.process.stdin
        for text in ("one", "two"):
            send.process.stdin.write(f"{text}\n".encode())
            send.process.stdin.flush()
            wait_until(lambda text=text: ("info", text) in texts(service, "pipe"), text)  # type: ignore[misc]
        assert send.interrupt() == 130
    assert send.errors == []


def test_what_cannot_be_sent_is_kept_and_sent_the_next_time(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        shell = Shell(tmp_path, service.url)
        service.kill()
        for text in ("one", "two"):
            done = shell.run("send", text, "--site", "tst")
            assert done.returncode == 75
            assert "kept in the spool: " in done.stderr
        status = shell.run("spool", "status").stdout
        assert status.startswith(f"tst at {service.url}: 2 messages waiting since 20")
        assert f"cannot reach {service.url}: " in status
        assert shell.run("spool", "send", USERSTATUS_URL="").returncode == 75
        service.start()
        assert shell.run("spool", "send", USERSTATUS_URL="").returncode == 0
        assert shell.run("spool", "status").stdout.startswith("Nothing waits in ")
        assert texts(service, "tst") == [("info", "one"), ("info", "two")]


def test_a_server_that_asks_for_a_key_is_given_one(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, POSTING="keys") as service:
        shell = Shell(tmp_path, service.url)
        done = shell.run("send", "x", "--site", "tst")
        assert done.returncode == 75
        assert "give it with --key or USERSTATUS_KEY" in done.stderr
        key = make_key(service, "dome", "tst", "post")
        assert shell.run("send", "y", "--site", "tst", USERSTATUS_KEY=key).returncode == 0
        assert texts(service, "tst") == [("info", "x"), ("info", "y")]


# recent


def test_recent_writes_the_whole_period_whatever_its_length(shell: Shell, service: Service) -> None:
    for start in range(0, 6000, 1000):
        content = [{"site": "long", "log_message": f"m{number}"} for number in range(start, start + 1000)]
        assert requests.post(f"{service.url}/newlog", json.dumps(content), timeout=30).ok
    expected = [f"m{number}" for number in range(6000)]
    assert [
        each["message"] for each in json.loads(shell.run("recent", "long", "--format", "json").stdout)
    ] == expected
    rows = list(csv.reader(io.StringIO(shell.run("recent", "long", "--format", "csv").stdout, newline="")))
    assert [row[4] for row in rows[1:]] == expected
    lines = shell.run("recent", "long", "--since", "1h").stdout.splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == expected


def test_recent_of_a_site_that_said_nothing_is_empty(shell: Shell) -> None:
    assert shell.run("recent", "silent").stdout == ""
    assert json.loads(shell.run("recent", "silent", "--format", "json").stdout) == []
    assert (
        shell.run("recent", "silent", "--format", "csv").stdout == "id,time,site,level,message,received\r\n"
    )


def test_recent_without_a_server_writes_nothing_and_says_why(shell: Shell) -> None:
    for form in ("text", "csv", "json"):
        done = shell.run("recent", "tst", "--format", form, "--url", f"http://127.0.0.1:{free_port()}")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert done.stderr.startswith("userstatus: cannot reach ")


def test_recent_ends_when_nobody_reads_it(shell: Shell, service: Service) -> None:
    content = [{"site": "head", "log_message": "x" * 2000} for _ in range(100)]
    assert requests.post(f"{service.url}/newlog", json.dumps(content), timeout=30).ok
    with subprocess.Popen(
        [*shell.command, "recent", "head"], env=shell.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as recent:
        assert recent.stdout
        assert recent.stderr
        assert b"xxx" in recent.stdout.readline()
        recent.stdout.close()
        assert (recent.wait(30), recent.stderr.read()) == (141, b"")


# replay


def test_a_recorded_night_is_posted_again(shell: Shell, service: Service, tmp_path: Path) -> None:
    began = time.time() // 1 - 1000
    night = [(0, "info", "Dome open"), (0, "error", "=1\nRain\x1b[2J"), (60, "info", "Dome closed")]
    for after, level, text in night:
        service.post(site="rec", log_message=text, log_level=level, timestamp=began + after)
    for form in ("json", "text"):
        (tmp_path / form).write_text(shell.run("recent", "rec", "--format", form).stdout)
    with shell.running("tail", "rec", "--json") as tail:
        tail.shows("closed")
    (tmp_path / "tail").write_text("".join(tail.lines))

    assert shell.run("replay", "json", "--speed", "600", "--site", "again").returncode == 0
    assert texts(service, "again") == [(level, text) for _, level, text in night]
    assert all(message["timestamp"] > began + 60 for message in service.recent(site="again"))

    assert shell.run("replay", "tail", "--speed", "600", "--site", "kept", "--keep-times").returncode == 0
    assert [message["timestamp"] - began for message in service.recent(site="kept")] == [0, 0, 60]

    assert shell.run("replay", "text", "--speed", "600", "--site", "lines2").returncode == 0
    assert texts(service, "lines2")[1] == ("error", "=1\nRain\\x1b[2J")


def test_a_replay_goes_to_the_sites_of_its_messages(shell: Shell, service: Service) -> None:
    for site in ("site-a", "site-b"):
        service.post(site=site, log_message=f"of {site}")
    night = shell.run("recent", "site-a", "site-b", "--format", "json").stdout.encode()
    assert shell.run("replay", "-", "--speed", "60", given=night).returncode == 0
    for site in ("site-a", "site-b"):
        assert texts(service, site) == [("info", f"of {site}")] * 2


def test_a_terminal_gets_a_progress_bar(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "night.txt").write_text("one\ntwo\n")
    shown = shell.on_terminal("replay", "night.txt", "--speed", "100", "--site", "bar", seen="2 of 2")
    assert "\r[               " in shown
    assert f"\r[{'#' * 30}] 100 %  2 of 2" in shown
    assert shell.run("replay", "night.txt", "--speed", "100", "--site", "bar").stderr == ""


# spool


def test_clear_deletes_what_waits_once_that_is_confirmed(shell: Shell) -> None:
    shell.environ["USERSTATUS_SITE"] = "tst"
    shell.run("send", "x", "--url", DEAD)
    refused = shell.run("spool", "clear")
    assert (refused.returncode, refused.stderr) == (
        2,
        "userstatus: 1 message would be deleted: confirm that with --yes\n",
    )
    assert "nothing was deleted" in shell.on_terminal("spool", "clear", seen="", typed="n\n")
    assert "1 message waiting" in shell.run("spool", "status").stdout
    assert "deleted: 1 message" in shell.on_terminal("spool", "clear", seen="", typed="y\n")
    shell.run("send", "y", "--url", DEAD)
    assert shell.run("spool", "clear", "--yes").returncode == 0
    assert shell.run("spool", "status").stdout.startswith("Nothing waits in ")


def test_messages_for_a_server_whose_url_is_not_known_are_told(shell: Shell, tmp_path: Path) -> None:
    shell.run("send", "x", "--site", "tst", "--url", DEAD, "--spool", str(tmp_path / "here"))
    for note in (tmp_path / "here").glob("*.trouble"):
        note.unlink()
    done = shell.run("spool", "send", "--spool", "here")
    assert done.returncode == 75
    assert done.stderr == "userstatus: tst@127.0.0.1_1.spool waits for 127.0.0.1_1: give its URL with --url\n"


def test_what_waits_for_a_former_address_is_sent_to_the_new_one_once(
    shell: Shell, service: Service, tmp_path: Path
) -> None:
    here = tmp_path / "moved"
    shell.environ["USERSTATUS_SITE"] = "moved"
    for text in ("one", "two"):
        shell.run("send", text, "--url", DEAD, "--spool", "moved")
    (spool,) = here.glob("*.spool")
    copy = spool.read_bytes()
    for _ in range(2):
        done = shell.run("spool", "send", "--from", DEAD, "--spool", "moved")
        assert (done.returncode, done.stderr) == (0, "")
        assert shell.run("spool", "status", "--spool", "moved").stdout.startswith("Nothing waits in ")
        assert texts(service, "moved") == [("info", "one"), ("info", "two")]
        spool.write_bytes(copy)  # as if it had been killed before it could note that the server has them
    done = shell.run("spool", "send", "--from", "http://elsewhere", "--spool", "moved")
    assert (done.returncode, "no spool in moved is for the address of --from" in done.stderr) == (1, True)


def test_a_process_that_has_the_spool_and_does_not_send_is_named(shell: Shell, tmp_path: Path) -> None:
    shell.run("send", "one", "--site", "held", "--url", DEAD, "--spool", "held")
    (spool,) = (tmp_path / "held").glob("*.spool")
    stopped = FileLock(spool.with_name(f"{spool.name}.lock"))
    assert stopped.acquire()
    named = f"process {os.getpid()} has had the spool to send since 20"
    assert f"    {named}" in shell.run("spool", "status", "--spool", "held").stdout
    done = shell.run("spool", "send", "--url", DEAD, "--spool", "held")
    assert done.returncode == 75
    assert f"kept in the spool: 1 message; {named}" in done.stderr
    stopped.release()
