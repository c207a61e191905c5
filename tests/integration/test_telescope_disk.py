"""The spool's bad days: a full disk, a damaged file, a folder that cannot be written, a clock that jumps."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from tests.support.service import Service, wait_until
from tests.support.spools import locked
from tests.support.telescopes import NOBODY, program, started, texts
from userstatus import Poster
from userstatus.client.destination import Destination

FULL = """
import resource, signal, sys
from userstatus import Poster

poster = Poster(sys.argv[1], "tst", spool=sys.argv[2])
for number in range(10):
    poster.send(str(number))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, -1))
for number in range(10, 600):
    poster.send(str(number))
print("full", flush=True)
input()
while len(poster._memory.batch(0)) or poster._disk.has_until(300 if sys.argv[3] == "later" else -1):
    if sys.argv[3] == "later":
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    poster.flush(5)
"""

UNPRIVILEGED = """
import os, sys
from userstatus import Poster

"".encode("idna")  # as this Python may be in a folder of root's
if os.getuid() == 0:
    os.setuid(54321)  # who has no home, and whom permissions concern
poster = Poster(sys.argv[1], "tst", spool=sys.argv[2] if len(sys.argv) > 2 else None)
for number in range(3):
    poster.send(str(number))
assert poster.flush(30)
"""

JUMPS = """
import sys, time
set_by, clock = 0.0, time.time
time.time = lambda: clock() + set_by
from userstatus import Poster
from userstatus.client import sending

sending.EXPIRY_S = 0.0
poster = Poster(sys.argv[1], "tst", spool=sys.argv[2])
for set_by in (0.0, 10 * 365 * 86_400.0, -10 * 365 * 86_400.0, 0.0):
    poster.send(f"clock {set_by}")
    poster.flush(0.2)
    time.sleep(3 * sending.LOOK_S)
print("logged", flush=True)
input()
while not poster.flush(5):
    pass
"""


def sent(service: Service, spool: Path) -> list[str]:
    """The messages of a site after everything of a spool is sent."""
    with Poster(service.url, "tst", spool=spool) as poster:
        wait_until(lambda: poster.flush(5), "what waits is sent")
    return texts(service)


@pytest.mark.parametrize("freed", ["later", "never"])
def test_while_the_disk_is_full_messages_wait_in_memory_and_arrive_in_order(
    night: Service, tmp_path: Path, freed: str
) -> None:
    spool = tmp_path / "spool"
    night.kill()
    with started("-c", FULL, night.url, spool, freed) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "full\n"
            night.start()
            _, said = child.communicate("\n", timeout=60)
        finally:
            child.kill()
    assert child.returncode == 0, said
    told = [line for line in said.splitlines() if "cannot keep messages in" in line]
    assert len(told) == 1
    assert "they are kept in memory until they are sent" in told[0]
    assert sent(night, spool) == [str(number) for number in range(600)]


def test_while_another_process_keeps_the_spool_locked_messages_arrive_in_order(
    service: Service, tmp_path: Path
) -> None:
    """Those before from the disk, where they cannot be deleted, then those in memory; none arrives twice."""
    with Poster(service.url, "locked", spool=tmp_path) as poster:
        assert poster.flush(30)
        poster.send("0")
        with locked(poster._disk.path):
            for number in range(1, 200):
                poster.send(str(number))
            wait_until(lambda: poster.flush(5), "what waits is sent")
            assert texts(service, "locked") == [str(number) for number in range(200)]
        for number in range(200, 210):
            poster.send(str(number))
        wait_until(lambda: poster.flush(5), "the rest is sent")
        wait_until(lambda: poster._disk.count() == 0, "what was sent is not kept")
    assert texts(service, "locked") == [str(number) for number in range(210)]


def test_where_nothing_can_be_written_messages_are_sent_all_the_same(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "read-only"
    folder.mkdir()
    folder.chmod(0o555)
    said = program(UNPRIVILEGED, service.url, folder)
    assert texts(service)[-3:] == ["0", "1", "2"]
    assert said.count("cannot keep messages in") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become a user without a home")
def test_where_there_is_no_home_messages_are_sent_all_the_same(service: Service) -> None:
    said = program("import os; del os.environ['HOME']\n" + UNPRIVILEGED, service.url)
    assert texts(service)[-3:] == ["0", "1", "2"]
    assert said.splitlines() == [
        "userstatus: there is no home folder for what waits, so it waits in memory: give spool, a folder"
    ]


@pytest.mark.parametrize("damage", ["header", "inside"])
def test_a_damaged_spool_is_put_aside_and_a_new_one_takes_its_place(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    with Poster(NOBODY, "tst", spool=tmp_path) as poster:
        for number in range(500):
            poster.send(f"lost {number}")
        file = poster._disk.path
    assert file is not None
    content = bytearray(file.read_bytes())
    content[slice(0, 100) if damage == "header" else slice(2048, len(content))] = os.urandom(
        100 if damage == "header" else len(content) - 2048
    )
    file.write_bytes(content)
    file.rename(tmp_path / Destination.of(service.url, "tst").file_name)
    capsys.readouterr()
    with Poster(service.url, "tst", spool=tmp_path) as poster:
        for number in range(5):
            poster.send(f"{damage} {number}")
        wait_until(lambda: poster.flush(5), "what waits is sent")
    assert [text for text in texts(service) if text.startswith(damage)] == [f"{damage} {n}" for n in range(5)]
    told = [line for line in capsys.readouterr().err.splitlines() if "is damaged" in line]
    assert len(told) == 1
    assert len([*tmp_path.glob("*.spool.damaged-*[0-9]")]) == 1


def test_a_file_that_is_deleted_while_it_is_used_is_made_anew(tmp_path: Path) -> None:
    with Poster(NOBODY, "tst", spool=tmp_path) as poster:
        poster.send("before")
        for file in tmp_path.glob("*.spool*"):
            file.unlink()
        poster.send("after")
        assert poster._disk.path is not None
        found = sqlite3.connect(poster._disk.path).execute("SELECT body FROM waiting").fetchall()
    assert ['"after"' in body for (body,) in found] == [True]


def test_a_clock_that_is_set_makes_nothing_too_old(night: Service, tmp_path: Path) -> None:
    night.kill()
    with started("-c", JUMPS, night.url, tmp_path / "spool") as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "logged\n"
            night.start()
            _, said = child.communicate("\n", timeout=60)
        finally:
            child.kill()
    assert child.returncode == 0, said
    assert sorted(texts(night)) == ["clock -315360000.0", "clock 0.0", "clock 0.0", "clock 315360000.0"]
