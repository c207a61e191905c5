"""What a power cut leaves on SQLite: every message that got a 200, whatever was not flushed."""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from alembic import command

from tests.support.databases import at
from tests.support.metrics import scrape
from tests.support.posters import Poster
from tests.support.power.disk import EVERYTHING, LOSSES, Disk, write
from tests.support.power.recording import Event, Recorder
from tests.support.service import Service, needs, running, wait_until
from userstatus.store import tables
from userstatus.store.migrations import config

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what it preloads is written for Linux")

FILES = {"prod": "x.db", "dev": "x-dev.db"}
SHARED_MEMORY = "-shm"  # SQLite makes this file anew, whatever is in it
OLD_S = 2 * 3600  # the age of the messages that are there before


class Size(NamedTuple):
    """How much is done, and how often the power is cut in each situation."""

    old: int
    posted: int
    cuts: int
    starts: int


SHORT, FULL = Size(old=300, posted=100, cuts=4, starts=2), Size(old=3000, posted=1000, cuts=50, starts=10)


class Night:
    """What happened to a service's files, and what was acknowledged when."""

    def __init__(self, before: dict[str, bytes], size: Size):
        self.before = before
        self.size = size
        self.posters: list[Poster] = []
        self.events: list[Event] = []
        self.restarted = self.purged = 0.0  # by time.monotonic()

    @contextmanager
    def posting(self, service: Service, name: str) -> Iterator[None]:
        """Post to both stages at once, during the block and until enough has been acknowledged."""
        urls = [service.url] * 6 + [f"{service.url}/dev"] * 2
        posters = [Poster(url, "tst", f"{name}-{number}") for number, url in enumerate(urls)]
        self.posters += posters
        for poster in posters:
            poster.start()
        yield
        wait_until(
            lambda: sum(len(each.times) for each in posters) >= self.size.posted, "enough is posted", 300
        )
        for poster in posters:
            poster.stop()

    def acknowledged(self, stage: str, by: float) -> dict[int, str]:
        """The messages that were acknowledged by a time, by id."""
        return {
            id: text
            for poster in self.posters
            if ("/dev/" in poster.url) == (stage == "dev")
            for (id, text), when in zip(poster.acknowledged, poster.times, strict=True)
            if when <= by
        }

    def situations(self) -> dict[str, list[int]]:
        """The numbers of the events before which the power may be cut, by what was going on."""
        first = min(time for poster in self.posters for time in poster.times)
        found: dict[str, list[int]] = {}
        for number, event in enumerate(self.events):
            if event.began < first:
                situation = "migration" if event.name.startswith(FILES["prod"]) else "first start"
            elif event.name in FILES.values():
                situation = "checkpoint"
            elif event.name == "x.db-wal" and self.restarted < event.began < self.purged:
                situation = "purge"
            else:
                situation = "posting"
            found.setdefault(situation, []).append(number)
        return found


@pytest.fixture(scope="module")
def night(full: bool, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """A start with a migration and a new log, posting, a kill, a checkpoint, a purge, and a stop."""
    needs("cc")
    files, own = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("records")
    size = FULL if full else SHORT
    old_log(files / FILES["prod"], size.old)
    night = Night({FILES["prod"]: (files / FILES["prod"]).read_bytes()}, size)
    recorder = Recorder(files, own)
    with running(f"sqlite:///{files}/{FILES['prod']}", own, **recorder.environ) as service:
        with night.posting(service, "before"):
            pass
        service.kill()
        night.restarted = time.monotonic()
        service.environ["MESSAGE_TTL"] = f"{OLD_S // 2}s"
        service.start()
        with night.posting(service, "after"):
            wait_until(lambda: purged(service) == size.old, "the old messages are deleted")
            night.purged = time.monotonic()
        assert service.stop() == 0
    night.events = [event for event in recorder.events() if not event.name.endswith(SHARED_MEMORY)]
    disk = Disk(night.before)
    for event in night.events:
        disk.happen(event)
    left = disk.left(EVERYTHING, random.Random())
    found = {
        each.name: each.read_bytes() for each in files.iterdir() if not each.name.endswith(SHARED_MEMORY)
    }
    assert left == found, "nothing escaped the recorder"
    return night


def purged(service: Service) -> float:
    return scrape(service)["userstatus_purged_messages_total", ""]


def old_log(file: Path, count: int) -> None:
    """A log of the first version of the schema, with messages."""
    columns = ("id", "site", "message", "log_level", "timestamp", "received_at")
    then = time.time() - OLD_S
    old = [(id, "old", f"old-{id}", "info", int(then), then + id / count) for id in range(1, count + 1)]
    with closing(at(f"sqlite:///{file}")) as database:
        command.upgrade(config(database), "0001")
        with database.write() as connection:
            insert = sa.insert(sa.table("messages", *map(sa.column, columns)))
            connection.execute(insert, [dict(zip(columns, values, strict=True)) for values in old])
            connection.exec_driver_sql("UPDATE head SET last_id = ?", (count,))


def check(night: Night, folder: Path, stage: str, cut: float) -> None:
    """See that the log of a stage has all that was acknowledged before the cut."""
    with closing(at(f"sqlite:///{folder}/{FILES['prod']}", stage)) as database:
        database.prepare()  # as the service does when it starts
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            found = dict(connection.execute(sa.select(tables.messages.c.id, tables.messages.c.message)).all())
            last: int = connection.execute(sa.select(tables.sequence.c.last_id)).scalar_one()
    acknowledged = night.acknowledged(stage, by=cut)
    assert acknowledged.items() <= found.items()
    assert sorted(found) == list(range(min(found, default=last + 1), last + 1)), "ids have no holes"
    if stage == "prod" and cut < night.restarted:
        assert min(found) == 1, "the old messages are there"


@pytest.mark.timeout(1200)  # in full, on a busy machine
def test_every_acknowledged_message_outlives_a_power_cut(night: Night, tmp_path: Path) -> None:
    seed = random.randrange(10**9)
    chance = random.Random(seed)
    situations = night.situations()
    assert set(situations) == {"migration", "first start", "posting", "checkpoint", "purge"}
    sampled = [
        (number, situation)
        for situation, numbers in situations.items()
        for number in chance.sample(numbers, night.size.cuts)
    ]
    cuts = {
        number: (situation, loss) for (number, situation), loss in zip(sampled, cycle(LOSSES), strict=False)
    }
    started = chance.sample(sorted(cuts), night.size.starts)
    disk = Disk(night.before)
    for number, event in enumerate(night.events):
        if number in cuts:
            folder = tmp_path / str(number)
            print(f"seed {seed}: the power is cut before event {number}, {cuts[number]}")  # noqa: T201
            write(disk.left(cuts[number][1], chance), folder)
            for stage in FILES:
                (folder / f"{FILES[stage]}{SHARED_MEMORY}").write_bytes(chance.randbytes(32768))
                check(night, folder, stage, event.began)
            if number in started:
                serve(night, folder, event.began)
            shutil.rmtree(folder)
        disk.happen(event)


def serve(night: Night, folder: Path, cut: float) -> None:
    """See that the service starts on what is left, shows what was acknowledged, and stores more."""
    with running(f"sqlite:///{folder}/{FILES['prod']}", folder) as service:
        shown = {found["id"]: found["message"] for found in service.recent(site="tst", after_id=0)}
        assert night.acknowledged("prod", by=cut).items() <= shown.items()
        assert service.post(site="tst", log_message="after the cut").ok
