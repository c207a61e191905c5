"""The systemd unit in `deploy/`: valid, closed, and not closed to what the service itself does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import requests

from tests.support.documents import environment, examples_in, run
from tests.support.service import PROJECT, answers, free_port, needs, running, wait_until

UNIT = (PROJECT / "deploy" / "userstatus.service").read_text()
EXPOSURE = 15  # in tenths: systemd calls up to 2.0 "OK" and up to 10 "UNSAFE"
MESSAGE = '{"site": "tst", "log_message": "under systemd"}'


def analyze(*arguments: str | Path) -> str:
    """What `systemd-analyze` says; fails if it finds fault."""
    needs("systemd-analyze")
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def directive(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def calls_in(group: str) -> set[str]:
    """The system calls in one of systemd's groups, such as `@system-service`."""
    found = set()
    for line in analyze("syscall-filter", group).splitlines()[1:]:
        name = line.strip()
        if name and not name.startswith("#"):
            found |= calls_in(name) if name.startswith("@") else {name}
    return found


def test_the_unit_is_valid(tmp_path: Path) -> None:
    unit = tmp_path / "userstatus.service"
    unit.write_text(re.sub(r"/opt/userstatus/bin/userstatus", "/bin/true", UNIT))
    assert analyze("verify", unit) == ""


def test_the_unit_leaves_little_exposed() -> None:
    unit = PROJECT / "deploy" / "userstatus.service"
    analyze("security", "--offline=yes", f"--threshold={EXPOSURE}", unit)


def test_the_unit_forbids_nothing_that_the_service_does(tmp_path: Path) -> None:
    needs("strace")
    allowed, denied = directive("SystemCallFilter")
    forbidden = calls_in("@privileged")
    assert (allowed, denied) == ("@system-service", "~@privileged")
    calls = tmp_path / "calls"
    trace = ["strace", "-f", "-o", str(calls), sys.executable, "app.py"]
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, *trace) as service:
        assert requests.post(f"{service.url}/newlog", MESSAGE, timeout=20).ok
        assert service.recent(site="tst")
        assert requests.get(f"{service.url}/watch/tst", timeout=20).ok
        traced = int(calls.read_text().split(maxsplit=1)[0])
        os.kill(traced, 15)
        assert service.process is not None
        assert service.process.wait(30) == 0
    text = calls.read_text()
    made = set(re.findall(r"^\d+ +(\w+)\(", text, re.MULTILINE))
    if os.geteuid() == 0:
        made.discard("fchown")  # SQLite gives its files to the database's owner, if it is root that writes
    assert "accept4" in made
    assert made - (calls_in("@system-service") - forbidden) == set()
    writable_code = re.findall(r"^.*(?:PROT_WRITE\|PROT_EXEC|mprotect\(.*PROT_EXEC).*$", text, re.MULTILINE)
    assert writable_code == [], "MemoryDenyWriteExecute=yes would forbid it"
    families = set(re.findall(r"^\d+ +socket\((\w+)", text, re.MULTILINE))
    assert families <= set(directive("RestrictAddressFamilies")[0].split())


def test_the_unit_serves_from_its_working_directory(tmp_path: Path) -> None:
    prepare, serve = re.findall(r"^ExecStart(?:Pre)?=/opt/userstatus/bin/(.+)$", UNIT, re.MULTILINE)
    run(prepare, tmp_path)
    assert (tmp_path / "userstatus.db").exists()
    port = free_port()
    process = subprocess.Popen(
        serve.split(), cwd=tmp_path, env=environment(tmp_path, PORT=str(port)), stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: answers(port), "it answers")
        process.terminate()
        assert process.wait(15) == 0
    finally:
        process.kill()


def test_keys_are_made_for_the_unit_as_documented(tmp_path: Path) -> None:
    (command,) = (
        text for text in examples_in("deploying.md", "With systemd", "console") if "keys add" in text
    )
    for there, here in (
        ("sudo -u userstatus ", ""),
        ("/var/lib/userstatus", str(tmp_path)),
        ("/opt/userstatus/bin/", ""),
    ):
        assert there in command
        command = command.replace(there, here)
    assert re.fullmatch(r"us_\w{32}\n", run(command, tmp_path))
    assert (tmp_path / "userstatus.db").exists()
