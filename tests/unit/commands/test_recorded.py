"""Recorded messages: JSON, lines of `recent`, and plain lines."""

from __future__ import annotations

import json

import pytest

from userstatus.commands.formats import line
from userstatus.commands.outcome import CommandFailed
from userstatus.commands.recorded import Recorded, pauses, recorded

MESSAGE = {
    "id": 1,
    "site": "mrc1",
    "message": "Rain\n\n  closing",
    "log_level": "warning",
    "timestamp": 1604514063,
    "received_at": 1604514063.5,
    "cursor": "1-1",
}
RAIN = Recorded("Rain\n\n  closing", "warning", "mrc1", 1604514063.0)


@pytest.mark.parametrize(
    "content", [json.dumps([MESSAGE]), json.dumps([MESSAGE], indent=1), json.dumps(MESSAGE)]
)
def test_json_is_an_array_or_an_object_a_line(content: str) -> None:
    assert recorded(content, "x") == [RAIN]


@pytest.mark.parametrize("local", [False, True])
def test_lines_of_recent_are_what_they_were(local: bool) -> None:
    assert recorded(line(MESSAGE, local) * 2, "x") == [RAIN, RAIN]


def test_other_lines_are_texts() -> None:
    content = "[INFO] Slewing\n    indented\n\n2026-02-31T00:00:00Z INFO tst x\n"
    texts = ["[INFO] Slewing", "    indented", "2026-02-31T00:00:00Z INFO tst x"]
    assert recorded(content, "x") == [Recorded(text) for text in texts]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('[\n{"message": "cut', "x begins like JSON, but is not"),
        ('[{"message": 1}]', "message 1 of x has no text"),
        ('{"message": "a"}\n[1]\n', "message 2 of x has no text"),
    ],
)
def test_what_is_not_recorded_messages_is_told(content: str, told: str) -> None:
    with pytest.raises(CommandFailed, match=told):
        recorded(content, "x")


def test_pauses_are_those_between_the_times_or_a_second_where_there_are_none() -> None:
    times = [100.0, 160.0, 130.0, 190.0, None]
    assert list(pauses([Recorded("x", timestamp=time) for time in times], 60)) == [0, 1, 0, 0.5, 1 / 60]
