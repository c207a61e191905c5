"""Which file is the configuration, and what is said if it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.duty.config import NOTHING
from userstatus.duty.config_file import ConfigFile, refusal
from userstatus.errors import StartError

NAMED = '[sites.tst]\nname = "${NAME}"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_file_there_is_no_configuration() -> None:
    file = ConfigFile(None, {})
    assert file.read() == NOTHING
    assert file.path is None


def test_a_file_that_is_named_has_to_be_there(folder: Path) -> None:
    with pytest.raises(StartError, match=r"cannot read CONFIG .*other\.toml: No such file"):
        ConfigFile(folder / "other.toml", {}).read()


def test_the_file_in_the_current_folder_is_found_and_may_not_vanish_later(folder: Path) -> None:
    file = ConfigFile(None, {"NAME": "Test"})
    file.read()
    (folder / "userstatus.toml").write_text(NAMED)
    assert file.read().site("tst").name == "Test"
    (folder / "userstatus.toml").unlink()
    with pytest.raises(StartError, match=r"cannot read CONFIG userstatus\.toml"):
        file.read()


def test_a_site_is_silent_before_its_last_message_has_expired(folder: Path) -> None:
    file = folder / "userstatus.toml"
    file.write_text('[sites.tst]\nsilent_after = "8d"\n')
    expected = r"sites\.tst\.silent_after is 8 days, expected at most MESSAGE_TTL, 7 days$"
    with pytest.raises(StartError, match=expected):
        ConfigFile(file, {}).read()
    assert ConfigFile(file, {"MESSAGE_TTL": "8d"}).read().site("tst").silent_after == 8 * 86_400


def test_each_refusal_of_a_file_is_told_by_a_notice_of_its_own() -> None:
    first, second = refusal(1.5), refusal(1.5)
    assert first._replace(uuid=None) == second._replace(uuid=None)
    assert first.uuid != second.uuid
