"""The dashboard and the alert rules in deploy/ ask for metrics that exist."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.databases import Postgres
from tests.support.metrics import families
from tests.support.service import PROJECT, needs, running
from tests.support.viewers import watching

RULES = PROJECT / "deploy" / "alert-rules.yml"
DASHBOARD = PROJECT / "deploy" / "grafana-dashboard.json"
METRIC = re.compile(r"userstatus_[a-z_]+")


def test_the_alert_rules_are_valid() -> None:
    needs("promtool")
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def served(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    with running(postgres.ready(), tmp_path_factory.mktemp("metrics"), STAGES="prod") as service:
        service.post(site="a")
        service.post(site="a", log_message="x")
        with watching(service.url, "?site=a"):
            pass
        with watching(service.url, "?site=a"):
            return families(service)


def named_in(file: Path) -> set[str]:
    if file == DASHBOARD:
        panels = json.loads(file.read_text())["panels"]
        return set(
            METRIC.findall(" ".join(target["expr"] for panel in panels for target in panel["targets"]))
        )
    return set(METRIC.findall(file.read_text()))


@pytest.mark.parametrize("file", [RULES, DASHBOARD], ids=["rules", "dashboard"])
def test_every_metric_that_is_asked_for_exists(file: Path, served: set[str]) -> None:
    named = named_in(file)
    assert len(named) > 5
    assert named <= served


def test_the_dashboard_shows_every_metric(served: set[str]) -> None:
    shown = {re.sub("_(bucket|count|sum)$", "", name) for name in named_in(DASHBOARD)}
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in served} == shown
