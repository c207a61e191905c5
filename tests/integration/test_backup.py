"""Databases are backed up and restored with the commands in docs/operating.md, verbatim."""

from __future__ import annotations

import json
from pathlib import Path

import requests

from tests.support.databases import Postgres
from tests.support.documents import POSTGRES, examples_in, run
from tests.support.service import Service, needs, running

BACK_UP_SQLITE, RESTORE_SQLITE = examples_in("operating.md", "SQLite", "sh")
BACK_UP_POSTGRES, RESTORE_POSTGRES = examples_in("operating.md", "Postgres", "sh")
STAGES = ("", "/dev")


def post(service: Service, text: str) -> list[int]:
    """Post to both stages and return the ids."""
    message = json.dumps({"site": "tst", "log_message": text})
    return [
        requests.post(f"{service.url}{stage}/newlog", message, timeout=5).json()["id"] for stage in STAGES
    ]


def texts(service: Service) -> list[list[str]]:
    """The messages in both stages."""
    found = [
        requests.get(f"{service.url}{stage}/recent-logs?site=tst", timeout=10).json() for stage in STAGES
    ]
    return [[message["message"] for message in messages] for messages in found]


def test_sqlite(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/userstatus.db", tmp_path) as service:
        post(service, "in the backup")
        run(BACK_UP_SQLITE, tmp_path)
        post(service, "later")
        service.kill()
        assert (tmp_path / "userstatus.db-wal").exists(), "which would spoil what is restored"
        run(RESTORE_SQLITE, tmp_path)
        service.start()
        assert texts(service) == [["in the backup"]] * 2
        assert post(service, "after") == [2, 2]
        assert texts(service) == [["in the backup", "after"]] * 2


def test_postgres(postgres: Postgres, tmp_path: Path) -> None:
    if not (POSTGRES / "pg_dump").exists():
        needs("pg_dump")
    url = postgres.ready()
    with running(url, tmp_path) as service:
        post(service, "in the backup")
        run(BACK_UP_POSTGRES, tmp_path, DATABASE_URL=url)
        post(service, "later")
        assert service.stop() == 0
        run(RESTORE_POSTGRES, tmp_path, DATABASE_URL=url)
        service.start()
        assert texts(service) == [["in the backup"]] * 2
        assert post(service, "after") == [2, 2]
        assert texts(service) == [["in the backup", "after"]] * 2
