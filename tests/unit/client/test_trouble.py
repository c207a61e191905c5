"""Why messages wait, noted beside the spool."""

from __future__ import annotations

from pathlib import Path

import pytest

from userstatus.client import trouble
from userstatus.client.trouble import Trouble

FAILED = Trouble("http://localhost:8080", "503 the database is away – try again", 1604514063.5)


def test_a_trouble_is_noted_until_it_is_over(tmp_path: Path) -> None:
    spool = tmp_path / "tst@localhost.spool"
    assert trouble.noted(spool) is None
    trouble.note(spool, FAILED)
    assert trouble.noted(spool) == FAILED
    trouble.over(spool)
    trouble.over(spool)
    assert trouble.noted(spool) is None
    assert list(tmp_path.iterdir()) == []


def test_a_note_that_cannot_be_made_disturbs_nobody(tmp_path: Path) -> None:
    trouble.note(tmp_path / "nowhere" / "x.spool", FAILED)
    trouble.note(None, FAILED)
    trouble.over(None)


@pytest.mark.parametrize("content", ["", "[]", "{}", "nonsense", '{"url": 1, "reason": 2, "at": "x"}'])
def test_a_note_that_makes_no_sense_is_none(content: str, tmp_path: Path) -> None:
    spool = tmp_path / "x.spool"
    spool.with_name("x.spool.trouble").write_text(content)
    assert trouble.noted(spool) is None
