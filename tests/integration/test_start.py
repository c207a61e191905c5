"""A failed start ends with one line that reveals no secrets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.service import PROJECT, free_port


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
    defaults = {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "PORT": str(free_port())}
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env=defaults | environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"userstatus: {line}")
    assert ended.stderr.count("\n") == 1
    assert "secret" not in ended.stderr


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
def test_no_failed_start_shows_a_password(url: str) -> None:
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env={"DATABASE_URL": url, "PORT": "1"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1), ended.stderr
    assert "SECRET" not in ended.stderr
    assert "DATABASE_URL" in ended.stderr
