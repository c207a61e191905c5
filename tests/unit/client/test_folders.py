"""Where spools are by default, on each operating system."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from userstatus.client.folders import spool_folder


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "/home/dome/.local/share/userstatus/spool"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/userstatus/spool"),
        ("linux", {"XDG_DATA_HOME": "relative"}, "/home/dome/.local/share/userstatus/spool"),
        ("darwin", {}, "/home/dome/Library/Application Support/userstatus/spool"),
        ("win32", {}, "/home/dome/AppData/Local/userstatus/spool"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/userstatus/spool"),
    ],
)
def test_the_folder_is_where_a_users_programs_keep_data(
    platform: str, environ: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "/home/dome")
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert spool_folder() == Path(folder)
