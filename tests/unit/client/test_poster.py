"""What a program posts with, without a server: where messages wait, and that nothing is raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from userstatus.client import poster
from userstatus.client.poster import Poster, connect, send

NOBODY = "http://127.0.0.1:9"


def waiting(poster: Poster) -> list[tuple[str, str]]:
    """Level and text of what waits on disk."""
    found = [json.loads(each.body) for each in poster._disk.batch(0)]
    return [(each["log_level"], each["log_message"]) for each in found]


def test_messages_wait_in_the_folder_that_is_given_until_another_program_sends_them(tmp_path: Path) -> None:
    with Poster(NOBODY, "tst", spool=tmp_path) as first:
        first.send("Dome open")
        first.send("Rain", "WARN")
        first.send("Fire", 50)
    with Poster(NOBODY, "tst", spool=str(tmp_path)) as second:
        assert waiting(second) == [("info", "Dome open"), ("warning", "Rain"), ("critical", "Fire")]
        assert second._disk.path == tmp_path / "tst@127.0.0.1_9.spool"


@pytest.mark.parametrize("spool", ["~/kept", "kept"])
def test_the_folder_may_be_in_the_home_or_relative_to_where_the_program_began(
    spool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with Poster(NOBODY, "tst", spool=spool) as poster:
        monkeypatch.chdir("/")
        poster.send("x")
    assert [path.name for path in (tmp_path / "kept").glob("*.spool")] == ["tst@127.0.0.1_9.spool"]


def test_by_default_they_wait_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    with connect(NOBODY, "tst") as poster:
        assert poster._disk.path == tmp_path / "userstatus" / "spool" / "tst@127.0.0.1_9.spool"


def test_what_cannot_be_kept_on_disk_waits_in_memory_which_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    poster = Poster(NOBODY, "tst", spool=tmp_path / "file")
    for number in range(3):
        poster.send(number)
    assert poster._memory.count() == 3
    poster.close(0)
    told = [line for line in capsys.readouterr().err.splitlines() if "cannot keep messages" in line]
    assert len(told) == 1
    assert "kept in memory until they are sent, and lost if this program ends before" in told[0]


def test_what_can_be_kept_nowhere_is_told_and_raises_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    poster_ = Poster(NOBODY, "tst", spool=tmp_path)
    monkeypatch.setattr(poster, "body", lambda *_: 1 / 0)
    poster_.send("x")
    poster_.send("y")
    poster_.close(0)
    assert capsys.readouterr().err.count("could not be kept at all, and is lost") == 1


def test_send_has_one_poster_for_each_destination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("USERSTATUS_URL", NOBODY)
    monkeypatch.setenv("USERSTATUS_SITE", "mrc1")
    send("by the environment")
    send("as before", "error")
    send("elsewhere", site="mrc2")
    monkeypatch.setenv("USERSTATUS_SITE", "mrc3")
    send("of another environment")
    assert poster._shared.cache_info().currsize == 3
    found = {}
    for path in (tmp_path / "userstatus" / "spool").glob("*.spool"):
        each = Poster(NOBODY, path.name.partition("@")[0])
        found[each.destination.site] = [text for _, text in waiting(each)]
        each.close(0)
    poster._shared.cache_clear()
    assert found == {
        "mrc1": ["by the environment", "as before"],
        "mrc2": ["elsewhere"],
        "mrc3": ["of another environment"],
    }


def test_send_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USERSTATUS_URL", raising=False)
    with pytest.raises(ValueError, match="set USERSTATUS_URL"):
        send("x")
