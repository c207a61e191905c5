"""Deployments work as described in docs/deploying.md, docs/operating.md and SECURITY.md."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
import requests

from tests.support.databases import Postgres
from tests.support.documents import environment, examples_in, run
from tests.support.proxies import NGINX, nginx
from tests.support.service import Service, answers, free_port, needs, running, wait_until

EXAMPLE_URL = "postgresql://user:password@host/database"
BY_PASSWORD, READERS, METRICS = examples_in("SECURITY.md", "How to keep it in", "nginx")
MESSAGE = '{"site": "tst", "log_message": "through nginx"}'


def test_several_processes_on_one_postgres_are_started_as_documented(
    postgres: Postgres, tmp_path: Path
) -> None:
    (commands,) = examples_in("deploying.md", "Several processes", "sh")
    commands = commands.replace(EXAMPLE_URL, postgres.empty())
    ports = [free_port(), free_port()]
    for example, port in zip(("8081", "8082"), ports, strict=True):
        commands = commands.replace(example, str(port))
    with (tmp_path / "log").open("w") as log:
        shell = subprocess.Popen(
            ["sh", "-ec", commands],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert shell.wait(60) == 0, (tmp_path / "log").read_text()
        for port in ports:
            wait_until(lambda port=port: answers(port), "it answers")  # type: ignore[misc]
        assert requests.post(f"http://127.0.0.1:{ports[0]}/newlog", MESSAGE, timeout=10).ok
        query = "site=tst&after_id=0&wait=20"
        (found,) = requests.get(f"http://127.0.0.1:{ports[1]}/recent-logs?{query}", timeout=30).json()
        assert found["message"] == "through nginx"
    finally:
        os.killpg(shell.pid, signal.SIGKILL)


def test_both_databases_are_migrated_as_documented(postgres: Postgres, tmp_path: Path) -> None:
    (commands,) = examples_in("operating.md", "Upgrade", "sh")
    url = postgres.empty()
    for _ in range(2):  # can be run at any time, even if there is nothing to do
        run(commands.replace(EXAMPLE_URL, url), tmp_path)
    assert {path.name for path in tmp_path.glob("*.db")} == {"userstatus.db", "userstatus-dev.db"}
    with running(url, tmp_path) as service:
        assert service.post(site="tst", log_message="there").ok


def test_keys_are_made_listed_and_revoked_as_documented(tmp_path: Path) -> None:
    (commands,) = examples_in("operating.md", "Keys", "sh")
    said = run(commands, tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/x.db")
    assert re.search(r"^us_\w{32}\nus_\w{32}\nNAME +SITES +MAY", said, re.MULTILINE)
    assert re.search(r"^dome-mrc1 +mrc1 +post +\S+ \S+ +never$", said, re.MULTILINE)
    left = run("userstatus keys list", tmp_path, DATABASE_URL=f"sqlite:///{tmp_path}/x.db")
    assert [line.split()[0] for line in left.splitlines()[1:]] == ["operators"]


def restricted(restriction: str, network: str) -> str:
    """The configuration with a restriction from SECURITY.md, for the given network."""
    restriction = restriction.replace("192.0.2.0/24", network)
    return NGINX.replace("    location / {", f"{restriction}\n    location / {{")


@pytest.mark.parametrize(("network", "without"), [("192.0.2.0/24", 401), ("127.0.0.0/8", 200)])
def test_nginx_lets_in_a_network_and_everyone_with_a_password(
    service: Service, tmp_path: Path, network: str, without: int
) -> None:
    needs("openssl")
    hashed = subprocess.check_output(["openssl", "passwd", "-apr1", "secret"], text=True)
    (tmp_path / "passwords").write_text(f"observer:{hashed}")
    restriction = BY_PASSWORD.replace("/etc/nginx/userstatus.htpasswd", f"{tmp_path}/passwords")
    with nginx(service.port, tmp_path, restricted(restriction, network)) as proxy:
        assert proxy.post("newlog", MESSAGE).status_code == without
        assert proxy.post("newlog", MESSAGE, auth=("observer", "secret")).ok
        assert proxy.get("", auth=("observer", "wrong")).status_code == without


@pytest.mark.parametrize(("network", "posting"), [("192.0.2.0/24", 403), ("127.0.0.0/8", 200)])
def test_nginx_lets_everyone_read_and_only_a_network_post(
    service: Service, tmp_path: Path, network: str, posting: int
) -> None:
    with nginx(service.port, tmp_path, restricted(READERS, network)) as proxy:
        for path in ("newlog", "newlog/", "/newlog", "logs/newlog", "logs//newlog", "dev/newlog", "%6eewlog"):
            assert proxy.post(path, MESSAGE).status_code == posting, path
        for path in ("ws", "dev/ws", "datastream"):
            reached = proxy.get(f"{path}?site=tst").status_code
            assert reached == (426 if posting == 200 else 403), path
        assert proxy.get("recent-logs?site=tst").status_code == 200
        assert proxy.get("watch/tst").status_code == 200


@pytest.mark.parametrize(("here", "status"), [("192.0.2.1", 403), ("127.0.0.1", 200)])
def test_nginx_shows_the_metrics_to_this_machine_only(
    service: Service, tmp_path: Path, here: str, status: int
) -> None:
    with nginx(service.port, tmp_path, restricted(METRICS.replace("127.0.0.1", here), "")) as proxy:
        for path in ("metrics", "/metrics", "logs/metrics", "dev/metrics", "%6detrics"):
            assert proxy.get(path).status_code == status, path
        assert proxy.get("recent-logs?site=tst").status_code == 200
