"""A failed start ends with one line that reveals no secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.service import Service


def failed_start(folder: Path, **environ: str) -> str:
    """What is printed by a service that cannot start, and ends with the status 1."""
    service = Service(f"sqlite:///{folder}/x.db", folder, **environ).start(wait=False)
    assert service.process is not None
    assert service.process.wait(30) == 1
    return service.log.read_text()


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"PORT": "http"}, "PORT is 'http', expected a port number"),
        ({"DATABASE_URL": "sqlite:////no/such/folder/x.db"}, "cannot use DATABASE_URL sqlite:////no/such"),
        ({"DATABASE_URL": "postgres://u:secret@127.0.0.1:1/db"}, "cannot use DATABASE_URL postgresql"),
        ({"DATABASE_URL": "postgres://127.0.0.1:1/db?password=secret"}, "cannot use DATABASE_URL postgresql"),
        ({"HOST": ".."}, "cannot listen on HOST .."),
        ({"HOST": "192.0.2.1"}, "cannot listen on HOST 192.0.2.1"),
    ],
)
def test_a_bad_start_ends_with_one_line(environ: dict[str, str], line: str, tmp_path: Path) -> None:
    said = failed_start(tmp_path, **environ)
    assert said.startswith(f"userstatus: {line}")
    assert said.count("\n") == 1
    assert "secret" not in said


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:u:SECRET@h/d",
        "postgresql://u:x@SECRET@127.0.0.1:1/d",
        "postgresql://u:x/SECRET@127.0.0.1:1/d",
        "postgresql://u:1/SECRET@127.0.0.1:1/d",
        "postgresql://u:1?SECRET@127.0.0.1:1/d",
        "postgresql://u:SECRET",
        "postgres://u:x#SECRET@127.0.0.1:1/d",
        "postgres:u:SECRET",
        "u:SECRET@h",
        "host=h password=SECRET dbname=d",
        "PGPASSWORD=SECRET host=h",
        "jdbc:postgresql://h/d;password=SECRET",
        "postgres://u:12SECRET34/h",
        "u/SECRET@h:5432/d",
    ],
)
def test_no_failed_start_shows_a_password(url: str, tmp_path: Path) -> None:
    said = failed_start(tmp_path, DATABASE_URL=url, PORT="1")
    assert said.count("\n") == 1
    assert "SECRET" not in said
    assert "DATABASE_URL" in said
