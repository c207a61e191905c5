"""`userstatus rehearse`, beside a running service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from docs import rehearsal
from tests.support.command import Shell
from tests.support.service import Service

CONFIG = """
[[levels]]
match = "too close to the sun"
level = "critical"
[[alerts]]
to = "json://user:secret@127.0.0.1:1/"
level = "critical"
"""


@pytest.fixture
def shell(tmp_path: Path, service: Service) -> Shell:
    (tmp_path / "new.toml").write_text(CONFIG)
    shell = Shell(tmp_path, service.url)
    shell.environ["DATABASE_URL"] = service.environ["DATABASE_URL"]
    return shell


def test_it_shows_what_would_have_happened_and_changes_nothing(shell: Shell, service: Service) -> None:
    service.post(site="reh", log_message="too close to the sun")
    before = service.recent(site="*")
    done = shell.run("rehearse", "--config", "new.toml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "  info → critical: 1 by levels[1] too close to the sun\n" in done.stdout
    found = json.loads(shell.run("rehearse", "--config", "new.toml", "--since", "1h", "--json").stdout)
    assert [change["count"] for change in found["levels"]] == [1]
    assert [(each["channel"], each["service"]) for each in found["channels"]] == [("alerts[1].to[1]", "json")]
    assert "secret" not in done.stdout + str(found)
    assert service.recent(site="*") == before


def test_the_rehearsal_in_the_documents_is_up_to_date() -> None:
    text = rehearsal.DOCUMENT.read_text()
    assert rehearsal.document(text) == text, "write it anew: python -m docs.rehearsal"


def test_without_a_configuration_it_says_how_to_name_one(shell: Shell) -> None:
    done = shell.run("rehearse")
    assert done.returncode == 1
    assert "there is no userstatus.toml here: give --config FILE, or set CONFIG" in done.stderr


def test_without_a_log_it_says_how_to_make_one(shell: Shell) -> None:
    done = shell.run("rehearse", "--config", "new.toml", DATABASE_URL="sqlite:///none.db")
    assert done.returncode == 1
    assert done.stderr.endswith(
        "none.db has no log of this version: set DATABASE_URL, or userstatus migrate\n"
    )
