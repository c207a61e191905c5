"""The configuration file of a running server: read at the start, read again on SIGHUP."""

from __future__ import annotations

import os
import pty
import re
import signal
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.support.command import Shell
from tests.support.documents import examples_in
from tests.support.service import PROJECT, Service, running, wait_until
from userstatus.duty.config import parse_config
from userstatus.errors import StartError
from userstatus.notice import OWN_SITE

RULE = '[[levels]]\nmatch = "sun"\nlevel = "critical"\n'
IN_A_TERMINAL = """
import os, sys
os.setsid()
os.open(sys.argv[1], os.O_RDWR)  # which belongs to the session from now on
os.execv(sys.executable, [sys.executable, "app.py"])
"""
NAME = '[sites.tst]\nname = "Test °"\nsilent_after = "2h"\n'
EXAMPLE = PROJECT / "deploy" / "userstatus.toml"
SECRETS = dict.fromkeys(re.findall(r"\$\{([A-Z]+_URL)\}", EXAMPLE.read_text()), "json://duty.example")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "userstatus.toml"
    path.write_text(NAME)
    return path


@pytest.fixture
def configured(file: Path, tmp_path: Path) -> Iterator[Service]:
    with running(f"sqlite:///{tmp_path}/x.db", tmp_path, CONFIG=str(file)) as service:
        yield service


def level(service: Service, path: str = "") -> str:
    """The level that a message about the sun has."""
    requests.post(f"{service.url}{path}/newlog", json={"site": "tst", "log_message": "the sun"}, timeout=5)
    newest = {"site": "tst", "limit": "1"}
    found: str = requests.get(f"{service.url}{path}/recent-logs", newest, timeout=5).json()[0]["log_level"]
    return found


def known(service: Service, path: str = "") -> tuple[str | None, int | None]:
    """The name of the site, and after how many seconds it is silent."""
    (site,) = requests.get(f"{service.url}{path}/sites?site=tst", timeout=5).json()
    return site.get("name"), site.get("silent_after")


def reload(service: Service, said: str) -> None:
    os.kill(service.pid, signal.SIGHUP)
    wait_until(lambda: said in service.log.read_text(), f"the log says {said}")


def test_a_changed_file_counts_in_both_stages_from_the_signal_on(configured: Service, file: Path) -> None:
    assert f"configuration: {file}, 1 site, 0 level rules, 0 alerts" in configured.log.read_text()
    stages = ("", "/dev")
    assert [level(configured, stage) for stage in stages] == ["info"] * 2
    assert [known(configured, stage) for stage in stages] == [("Test °", 7200)] * 2
    file.write_text(RULE)
    reload(configured, f"configuration: {file}, 0 sites, 1 level rule, 0 alerts")
    assert [level(configured, stage) for stage in stages] == ["critical"] * 2
    assert [known(configured, stage) for stage in stages] == [(None, None)] * 2


def test_a_bad_file_is_told_in_one_line_and_changes_nothing(configured: Service, file: Path) -> None:
    file.write_text("[[levels]]\nmatch = '('\nlevel = 'critical'\n")
    before = len(configured.log.read_text().splitlines())
    reload(configured, f"the configuration stays as it was: {file}: levels[1].match is '(', expected")
    assert len(configured.log.read_text().splitlines()) == before + 1
    wait_until(lambda: configured.recent(site=OWN_SITE), "viewers are told as well")
    (notice,) = configured.recent(site=OWN_SITE)
    assert (notice["log_level"], notice["notice"]) == ("warning", {"kind": "configuration"})
    assert level(configured) == "info"
    assert known(configured) == ("Test °", 7200)
    file.write_text(RULE)
    reload(configured, "1 level rule")
    assert level(configured) == "critical"


def test_a_bad_file_stops_the_start_with_one_line(file: Path, tmp_path: Path) -> None:
    file.write_text('[sites.tst]\nsilent_afer = "25m"\n')
    service = Service(f"sqlite:///{tmp_path}/x.db", tmp_path, CONFIG=str(file)).start(wait=False)
    assert service.process is not None
    assert service.process.wait(30) == 1
    expected = f"userstatus: {file}: sites.tst.silent_afer is unknown, expected one of name, silent_after"
    assert service.log.read_text().startswith(expected)


def test_a_server_ends_when_its_terminal_is_closed(file: Path, tmp_path: Path) -> None:
    """SIGHUP says both: that a terminal was closed, and that a daemon is to read its configuration again."""
    controller, terminal = pty.openpty()
    service = Service(f"sqlite:///{tmp_path}/x.db", tmp_path, CONFIG=str(file))
    service.start(sys.executable, "-c", IN_A_TERMINAL, os.ttyname(terminal))
    os.close(terminal)
    file.write_text(RULE)
    reload(service, "1 level rule")
    os.close(controller)
    assert service.process is not None
    assert service.process.wait(15) == 0
    assert service.log.read_text().endswith("stopped\n")


def keys(table: str) -> set[str]:
    """The keys that there are in a table of the configuration, as whoever invents one is told."""
    content = {"sites": {"tst": {"x": 1}}} if table == "sites" else {table: [{"x": 1}]}
    with pytest.raises(StartError) as rejected:
        parse_config(content, "x", {})
    return set(str(rejected.value).partition("expected one of ")[2].split(", "))


def test_the_example_is_right_and_has_every_key(tmp_path: Path) -> None:
    checked = Shell(tmp_path, "", **SECRETS).run("check-config", "--config", str(EXAMPLE))
    assert (checked.stdout, checked.returncode) == ("ok: 3 sites, 4 level rules, 2 alerts\n", 0)
    content = tomllib.loads(EXAMPLE.read_text())
    used = {"sites": content["sites"].values(), "levels": content["levels"], "alerts": content["alerts"]}
    assert {table: set().union(*tables) for table, tables in used.items()} == {
        table: keys(table) for table in used
    }


def test_the_document_names_every_key_and_its_examples_are_right() -> None:
    document = (PROJECT / "docs" / "on-duty.md").read_text()
    named = set(re.findall(r"^\| \| `(\w+)` \|", document, re.MULTILINE))
    assert named == keys("sites") | keys("levels") | keys("alerts")
    for heading in ("The configuration file", "Level rules"):
        for example in examples_in("on-duty.md", heading, "toml"):
            parse_config(tomllib.loads(example), "on-duty.md", SECRETS)
