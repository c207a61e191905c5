"""What a telescope uses where nothing but this package is installed, under this Python and the oldest."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.support.command import Shell
from tests.support.service import PROJECT, Service
from tests.support.telescopes import NOBODY, oldest_python, texts

# -S: without what is installed; -W error: what will stop to work is an error now
ALONE = ("-S", "-W", "error")

PROGRAM = """
import logging, os, sys
import userstatus
from userstatus import UserStatusHandler

assert userstatus.__file__.startswith(os.environ["PYTHONPATH"])
log = logging.getLogger("dome")
log.addHandler(UserStatusHandler())
log.warning("Rain, closing the dome")
userstatus.send("Closed", "info")
with userstatus.connect(os.environ["USERSTATUS_URL"], os.environ["USERSTATUS_SITE"]) as poster:
    poster.send("Good night", "WARN")
others = {name.partition(".")[0] for name, module in sys.modules.items() if getattr(module, "__file__", None)}
assert "flask" not in others and "requests" not in others
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what is in the wheel, and nothing else."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=PROJECT, capture_output=True, check=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "package")
    return folder / "package"


@pytest.fixture(params=["this Python", "Python 3.9"])
def shell(request: pytest.FixtureRequest, service: Service, package: Path, tmp_path: Path) -> Shell:
    """A folder in which a Python finds the package alone."""
    python = sys.executable if request.param == "this Python" else oldest_python()
    site = tmp_path.name  # no other test has it
    shell = Shell(tmp_path, service.url, python, PYTHONPATH=str(package), USERSTATUS_SITE=site)
    shell.command = (python, *ALONE, "-m", "userstatus")
    return shell


def test_everything_a_program_needs_works_without_any_dependency(shell: Shell, service: Service) -> None:
    site = shell.environ["USERSTATUS_SITE"]
    ended = subprocess.run(
        [shell.command[0], *ALONE, "-c", PROGRAM],
        cwd=shell.folder,
        env=shell.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(texts(service, site)) == ["Closed", "Good night", "Rain, closing the dome"]


def test_every_command_of_a_telescope_works_without_any_dependency(shell: Shell, service: Service) -> None:
    site = shell.environ["USERSTATUS_SITE"]
    assert shell.run("send", "--level-from-text", given=b"WARN one\ntwo\n").returncode == 0
    (shell.folder / "night.json").write_text(shell.run("recent", site, "--format", "json").stdout)
    assert shell.run("replay", "night.json", "--speed", "60").returncode == 0
    assert texts(service, site) == ["WARN one", "two"] * 2
    with shell.running("tail", site) as tail:
        tail.shows("two")
        service.post(site=site, log_message="three")
        tail.shows("three")
        assert tail.interrupt() == 130
    assert tail.errors == []


def test_the_spool_can_be_looked_after_without_any_dependency(shell: Shell, service: Service) -> None:
    site = shell.environ["USERSTATUS_SITE"]
    assert shell.run("send", "four", http_proxy=NOBODY).returncode == 75
    assert "1 message waiting since" in shell.run("spool", "status").stdout
    assert shell.run("spool", "send").returncode == 0
    assert texts(service, site) == ["four"]
    assert shell.run("send", "five", http_proxy=NOBODY).returncode == 75
    assert shell.run("spool", "clear", "--yes").returncode == 0
    assert shell.run("spool", "status").stdout.startswith("Nothing waits in ")
    assert texts(service, site) == ["four"]


def test_a_python_that_is_too_old_for_the_server_is_told_so(package: Path, tmp_path: Path) -> None:
    serve = Shell(tmp_path, NOBODY, oldest_python(), PYTHONPATH=str(package)).run("serve")
    assert (serve.returncode, serve.stderr.count("\n")) == (1, 1)
    assert "the server needs Python 3.11 or newer, this is 3.9" in serve.stderr
