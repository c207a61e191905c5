"""The dashboard and the alert rules in deploy/ ask for metrics that exist."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.databases import Postgres
from tests.support.documents import examples_in
from tests.support.metrics import families
from tests.support.oncall import calling, configured
from tests.support.service import PROJECT, needs, running, wait_until
from tests.support.viewers import watching

RULES = PROJECT / "deploy" / "alert-rules.yml"
DASHBOARD = PROJECT / "deploy" / "grafana-dashboard.json"
METRIC = re.compile(r"userstatus_[a-z_]+")


def promtool(*arguments: str | Path) -> None:
    """Have promtool check something; fail with what it says if that is wrong."""
    needs("promtool")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alert_rules_are_valid() -> None:
    promtool("check", "rules", RULES)


def test_alerts_fire_when_they_should_and_name_what_to_do() -> None:
    promtool("test", "rules", PROJECT / "tests" / "integration" / "alert-rules.yml")


def test_prometheus_takes_the_configuration_in_the_documents(tmp_path: Path) -> None:
    (example,) = examples_in("operating.md", "Monitoring", "yaml")
    (tmp_path / "prometheus.yml").write_text(example)
    promtool("check", "config", tmp_path / "prometheus.yml")
    jobs = [each["job_name"] for each in yaml.safe_load(example)["scrape_configs"]]
    (pattern,) = re.findall('job=~"(.+?)"', RULES.read_text())
    assert all(re.fullmatch(pattern, job) for job in jobs), "the rules know them by their names"


@pytest.fixture(scope="module")
def served(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("metrics")
    alerts = configured(folder, calling("json://127.0.0.1:1/"))
    with running(postgres.ready(), folder, STAGES="prod", **alerts) as service:
        wait_until(lambda: "userstatus_alerts_failing" in families(service), "it is its turn to send alerts")
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
