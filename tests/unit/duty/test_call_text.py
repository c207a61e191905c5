"""How a call is put into words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from tests.support.notices import NIGHT, Night
from userstatus.duty.call_text import call_text
from userstatus.duty.config import Config, Site
from userstatus.duty.lines import Line, Lines

CONFIG = Config(sites={"mrc1": Site("McDonald 1", timezone=ZoneInfo("America/Chicago"))})


def test_a_call_says_what_where_when_and_how_often_with_the_worst_in_its_title() -> None:
    night = Night()
    lines = Lines(
        [Line.of(night.says(0, "Mount", site="tst")), Line.of(night.says(1, "Sun", "critical", "mrc1"))]
    )
    lines.listed[0] = lines.listed[0]._replace(times=24, period=1800)
    lines.more = 37
    text = call_text(lines, CONFIG, "https://status.example.org", NIGHT + 5)
    assert text.title == "CRITICAL at McDonald 1 (mrc1) and 38 more"
    assert text.level == "critical"
    assert text.body.split("\n") == [
        "ERROR tst: Mount",
        "×24 in 30 min, 2025-11-24 23:00:00 UTC",
        "https://status.example.org/watch/tst?id=1",
        "",
        "CRITICAL McDonald 1 (mrc1): Sun",
        "2025-11-24 17:00:01 CST (2025-11-24 23:00:01 UTC)",
        "https://status.example.org/watch/mrc1?id=2",
        "",
        "and 37 more",
    ]


def test_what_is_told_more_than_an_hour_late_says_so_and_links_need_an_address() -> None:
    lines = Lines([Line.of(Night().says(0, "Mount"))])
    assert "late" not in call_text(lines, CONFIG, None, NIGHT + 3600).body
    late = call_text(lines, CONFIG, None, NIGHT + 7500).body.split("\n")
    assert late[1:] == ["2025-11-24 23:00:00 UTC, late by 2 h 5 min"]


def test_a_single_repeat_does_not_look_like_something_new() -> None:
    line = Line.of(Night().says(0, "Mount", site="tst"))._replace(period=1800)
    text = call_text(Lines([line]), CONFIG, None, NIGHT + 1800)
    assert text.body.split("\n")[1] == "once more in 30 min, 2025-11-24 23:00:00 UTC"
