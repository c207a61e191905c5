"""docs/command-line.md is accurate: its commands are run verbatim, except for the address."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
import requests

from tests.support.documents import examples, run
from tests.support.service import PROJECT, Service
from userstatus.__main__ import main

DOCUMENT = (PROJECT / "docs" / "command-line.md").read_text()
EXAMPLES = {each.heading: each.text for each in examples() if each[:3:2] == ("command-line.md", "sh")}


def test_its_commands_work_one_after_the_other(service: Service, tmp_path: Path) -> None:
    def shell(heading: str) -> str:
        command = EXAMPLES[heading].replace("http://localhost:8080", service.url)
        return run(command, tmp_path, HOME=str(tmp_path), XDG_DATA_HOME="")

    shell("Send")
    expected = [
        ("info", "Dome open"),
        ("warning", "Rain, closing the dome"),
        ("info", "INFO slewing"),
        ("error", "ERROR no guide star"),
    ]
    found = service.recent(site="tst")
    assert [(message["log_level"], message["message"]) for message in found] == expected
    assert [line[21:] for line in shell("Tail").splitlines()] == [
        "INFO     tst Dome open",
        "WARNING  tst Rain, closing the dome",
    ]
    shell("Recent")
    with (tmp_path / "night.csv").open(newline="") as file:
        assert [row["message"] for row in csv.DictReader(file)] == [text for _, text in expected]
    assert json.loads((tmp_path / "night.json").read_text()) == found
    shell("Replay")
    assert service.recent(site="tst") == found
    other_stage = requests.get(f"{service.url}/dev/recent-logs?site=tst", timeout=10).json()
    assert [message["message"] for message in other_stage] == [text for _, text in expected]
    assert shell("Spool").startswith("Nothing waits in ")


@pytest.mark.parametrize("command", ["send", "tail", "recent", "replay", "spool"])
def test_it_names_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command, "--help"])
    options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help"}
    assert len(options) > 1 or command == "spool"
    assert [option for option in options if option not in DOCUMENT] == []
