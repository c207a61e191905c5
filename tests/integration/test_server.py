"""The process: startup and shutdown."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.databases import Postgres, at, rows
from tests.support.messages import age
from tests.support.service import PROJECT, Service, running, wait_until
from tests.support.settings import setting_names
from tests.support.viewers import Viewer
from userstatus import __version__
from userstatus.settings import Settings

PROCESSES = dict(line.split(": ", 1) for line in (PROJECT / "Procfile").read_text().splitlines())


def test_the_start_prints_the_url_and_a_curl_line_that_works(service: Service) -> None:
    lines = service.log.read_text().splitlines()
    assert f"userstatus {__version__} listens at http://localhost:{service.port}" in lines
    (curl,) = (line for line in lines if line.strip().startswith("curl"))
    response = subprocess.run(shlex.split(curl), capture_output=True, text=True, timeout=10, check=True)
    assert '"warnings":[]' in response.stdout
    assert service.recent(site="tst")[-1]["message"] == "Slewing telescope..."


def test_messages_survive_a_restart(database_url: str, tmp_path: Path) -> None:
    with running(database_url, tmp_path) as service:
        service.post(site="tst", log_message="before")
        assert service.stop() == 0
        service.start()
        service.post(site="tst", log_message="after")
        assert [found["message"] for found in service.recent(site="tst")] == ["before", "after"]
        assert "Traceback" not in service.log.read_text()


def test_viewers_are_told_when_the_server_stops_and_come_back_by_themselves(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path) as service:
        viewer = Viewer(service.url, "?site=tst", reconnect=True)
        assert service.stop() == 0
        wait_until(lambda: not viewer.client.connected, "the viewer notices")
        service.start()
        wait_until(lambda: viewer.client.connected, "the viewer is back")
        service.post(site="tst", log_message="hello again")
        assert viewer.wait_for(1)[0]["message"] == "hello again"
        viewer.leave()


def test_a_port_in_use_fails_startup_with_one_line(service: Service, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env=service.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/x.db"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"userstatus: cannot listen on HOST 127.0.0.1, PORT {service.port}: ")


def test_expired_messages_are_deleted_at_start_and_then_at_every_interval(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/x.db"
    with running(url, tmp_path, MESSAGE_TTL="1h", PURGE_INTERVAL="1s") as service:
        service.post(site="tst", log_message="expires while it is away")
        service.post(site="tst", log_message="expires while it runs")
        with service.away() as database:
            age(database, 2 * 3600, id=1)
        wait_until(lambda: rows(url) == 1, "the first is deleted")
        with closing(at(url)) as database:
            age(database, 2 * 3600, id=2)
        wait_until(lambda: rows(url) == 0, "the second is deleted")


def test_app_json_asks_for_settings_and_proposes_what_holds_without_it() -> None:
    """So that it is the same service, whether it is made with a button or with `git push`."""
    asked = json.loads((PROJECT / "app.json").read_text())["env"]
    assert set(asked) <= set(setting_names())
    proposed = {name: each["value"] for name, each in asked.items()}
    assert Settings.from_environ(proposed) == Settings.from_environ({})
    assert not [name for name in asked if f"{name}=" in (PROJECT / "Procfile").read_text()], "that would win"


@pytest.mark.parametrize(
    ("given", "expected"), [({}, "private"), ({"TRUSTED_PROXIES": "192.0.2.10"}, "192.0.2.10")]
)
def test_the_procfile_trusts_the_router_unless_the_operator_says_whom(
    given: dict[str, str], expected: str
) -> None:
    shown = PROCESSES["web"].replace("python app.py", "printenv TRUSTED_PROXIES")
    done = subprocess.run(["sh", "-c", shown], env=os.environ | given, capture_output=True, check=True)
    assert done.stdout.decode().strip() == expected


@pytest.mark.parametrize("process", ["release", "web"])
def test_the_procfile_runs_on_a_platform(process: str, tmp_path: Path, postgres: Postgres) -> None:
    """As such a platform runs it: in a shell, with PORT and DATABASE_URL, listening for other machines."""
    url = postgres.empty() if process == "release" else postgres.ready()
    service = Service(url.replace("postgresql:", "postgres:"), tmp_path)
    service.environ["PATH"] = f"{Path(sys.executable).parent}:{service.environ['PATH']}"
    service.start("sh", "-c", f"exec env {PROCESSES[process]}", wait=process == "web")
    if process == "web":
        assert service.post(site="tst", log_message="x").status_code == 200
        assert service.stop() == 0
    else:
        assert service.process is not None
        assert service.process.wait(20) == 0
