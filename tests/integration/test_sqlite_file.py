"""The SQLite file when it is full, damaged, missing or replaced; and its write-ahead log."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests
import sqlalchemy as sa

from tests.support.databases import moved, open_journal
from tests.support.messages import message
from tests.support.service import PROJECT, Service, running, wait_until
from userstatus.store import sqlite_file
from userstatus.store.database import Database


def health(service: Service) -> int:
    return requests.get(f"{service.url}/healthz", timeout=10).status_code


def texts(service: Service) -> list[str]:
    return [found["message"] for found in service.recent(site="tst")]


@contextmanager
def full_disk(service: Service) -> Iterator[None]:
    """The kernel does not let any file of the process grow, and SQLite's log has no space left."""
    assert service.process is not None
    soft, hard = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (1, hard))
    yield
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (soft, hard))


def test_health_is_bad_while_the_disk_is_full_and_recovers_by_itself(file: Path, tmp_path: Path) -> None:
    with running(f"sqlite:///{file}", tmp_path, PYTHONUNBUFFERED="1") as service:
        assert service.post(site="tst", log_message="before").ok
        with full_disk(service):
            assert service.post(site="tst", log_message="rejected").status_code == 503
            assert [health(service), health(service)] == [503, 503]
        wait_until(lambda: health(service) == 200, "it is well without any post")
        assert service.post(site="tst", log_message="after").ok
        service.kill()
        service.start()
        assert texts(service) == ["before", "after"], "nothing of what was rejected, nor of trying it out"


def test_health_is_bad_while_the_file_is_damaged(
    sqlite_database: Database, file: Path, tmp_path: Path
) -> None:
    open_journal(sqlite_database, ttl=3600).append([message()] * 20)
    with sqlite_database.read() as connection:
        index = "SELECT rootpage FROM sqlite_master WHERE name = 'ix_messages_timestamp_id'"
        page = connection.scalar(sa.text(index))
    sqlite_database.close()
    with file.open("r+b") as damaged:
        damaged.seek((page - 1) * 4096)
        damaged.write(b"\xff" * 4096)
    service = Service(f"sqlite:///{file}", tmp_path).start(wait=False)
    assert service.process is not None
    try:
        wait_until(lambda: "Post a message" in service.log.read_text(), "it has started")
        assert service.post(site="tst", log_message="x").status_code == 503
        assert health(service) == 503
    finally:
        service.kill()


def test_a_file_that_is_moved_away_stores_nothing_until_it_is_put_back(file: Path, tmp_path: Path) -> None:
    with running(f"sqlite:///{file}", tmp_path) as service:
        assert service.post(site="tst", log_message="before").ok
        file.rename(tmp_path / "away")
        for _ in range(2):
            response = service.post(site="tst", log_message="lost")
            assert response.status_code == 503
            assert "put it back, or restart the service" in response.json()["error"]
        assert health(service) == 503
        assert not file.exists()
        assert service.log.read_text().count("ERROR") == 1, "the log says it once"
        (tmp_path / "away").rename(file)
        wait_until(lambda: health(service) == 200, "it is well again")
        assert service.post(site="tst", log_message="after").ok
        assert texts(service) == ["before", "after"]


def test_a_file_that_is_replaced_stores_nothing_until_the_restart(file: Path, tmp_path: Path) -> None:
    with running(f"sqlite:///{file}", tmp_path) as service:
        assert service.post(site="tst", log_message="backed up").ok
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(tmp_path / "b")) as backup:
            source.backup(backup)
        (tmp_path / "b").replace(file)
        assert service.post(site="tst", log_message="lost").status_code == 503
        assert health(service) == 503
        service.kill()
        for rest in ("x.db-wal", "x.db-shm"):
            (tmp_path / rest).unlink()
        service.start()
        assert service.post(site="tst", log_message="after").ok
        assert texts(service) == ["backed up", "after"]


CHECKPOINTING = """
from userstatus import eventloop
eventloop.patch()
import os, resource, sys, time
from tests.support.databases import at, open_journal
from userstatus.message import NewMessage
from userstatus.store import sqlite

sqlite.CHECKPOINT_S = 0.05
database = at(sys.argv[1])
database.prepare()
journal = open_journal(database, 3600)
journal.append([NewMessage("tst", "one", "info", 0, None)])
eventloop.spawn(database.run, journal.wake_up)
time.sleep(0.2)
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))  # the next one would be the fourth
journal.append([NewMessage("tst", "two", "info", 0, None)])
time.sleep(0.2)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
journal.append([NewMessage("tst", "three", "info", 0, None)])
print("appended", flush=True)
time.sleep(60)
"""


def test_after_a_stop_the_file_alone_has_everything(file: Path, tmp_path: Path) -> None:
    with running(f"sqlite:///{file}", tmp_path) as service:
        service.post(site="tst", log_message="the last one")
        assert service.stop() == 0
    assert [each.name for each in file.parent.glob(f"{file.name}*")] == [file.name]
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT message FROM messages").fetchall() == [("the last one",)]


def test_checkpoints_resume_after_running_out_of_file_descriptors(file: Path) -> None:
    program = [sys.executable, "-c", CHECKPOINTING, f"sqlite:///{file}"]
    with subprocess.Popen(program, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "appended\n"
            wait_until(lambda: moved(file) == 3, "all is moved into the file", 10)
        finally:
            process.kill()


def test_starting_on_an_sqlite_with_the_bug_is_logged_once(file: Path, tmp_path: Path) -> None:
    with running(f"sqlite:///{file}", tmp_path) as service:
        said = service.log.read_text().count("walresetbug")
        assert said == sqlite_file.has_wal_reset_bug(sqlite3.sqlite_version_info)
