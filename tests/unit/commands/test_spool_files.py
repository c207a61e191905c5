"""The spools in a folder, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from userstatus.client import trouble
from userstatus.client.destination import Destination
from userstatus.client.spool import Spool
from userstatus.client.trouble import Trouble
from userstatus.commands.outcome import CommandFailed
from userstatus.commands.spool_files import SpoolFile, report, spool_files

URL = "http://localhost:8080/dev"


def spool_with(folder: Path, *texts: str) -> Spool:
    path = folder / Destination(URL, "tst").file_name
    spool = Spool(path, 10**6, pytest.fail)
    for text in texts:
        spool.put(json.dumps({"site": "tst", "log_message": text}), 20, 1604514063.0)
    return spool


def test_a_spool_tells_how_much_waits_since_when_and_why(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, "a", "b")
    trouble.note(spool.path, Trouble(URL, "503 away\x1b[2J", 1604514066.0))
    (file,) = spool_files(tmp_path)
    assert list(report(file)) == [
        "tst at http://localhost:8080/dev: 2 messages waiting since 2020-11-04T18:21:03Z\n",
        "    not sent at 2020-11-04T18:21:06Z: 503 away\\x1b[2J\n",
    ]


def test_refused_messages_are_told_with_the_reason(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, "two\nlines \x1b[2J", "b" * 10_000)
    for message in spool.batch(0):
        spool.refuse(message, "400 no", 1604514066.0)
    (file,) = spool_files(tmp_path)
    lines = list(report(file))
    assert lines[0] == "tst at localhost_8080_dev: 2 messages refused by the server\n"
    assert lines[1] == "    2020-11-04T18:21:06Z 400 no: two lines \\x1b[2J\n"
    assert len(lines[2]) < 250


def test_the_url_is_the_one_that_the_file_is_for(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, "a")
    assert spool.path is not None
    file = SpoolFile(spool.path)
    assert file.url(None) is None
    assert file.url("http://elsewhere") is None
    assert file.url(f"{URL}/newlog") == f"{URL}/newlog"
    trouble.note(spool.path, Trouble(URL, "503 away", 0))
    assert file.url("http://elsewhere") == URL


def test_clearing_deletes_what_waits_and_what_was_refused(tmp_path: Path) -> None:
    spool = spool_with(tmp_path, "a", "b", "c")
    spool.refuse(spool.batch(0)[0], "400 no", 0)
    (file,) = spool_files(tmp_path)
    assert file.clear() == 3
    assert list(report(file)) == []


def test_what_is_no_folder_of_spools_is_empty_or_an_error(tmp_path: Path) -> None:
    assert spool_files(tmp_path / "nowhere") == []
    (tmp_path / "tst@x.spool").mkdir()
    assert spool_files(tmp_path) == []
    with pytest.raises(CommandFailed, match="cannot read"):
        SpoolFile(tmp_path / "tst@x.spool").waits()
