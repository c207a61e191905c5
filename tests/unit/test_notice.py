"""Notices: what the service itself says."""

from __future__ import annotations

import json

from userstatus.notice import MUTE, SILENCE, Notice


def test_what_does_not_apply_is_left_out() -> None:
    assert Notice(SILENCE, since=1.5).as_json() == {"kind": "silence", "since": 1.5}


def test_a_notice_is_stored_as_text_and_read_again() -> None:
    notice = Notice(MUTE, until=17.0, level="error", why="Wartung \u2026")
    assert Notice.parse(notice.as_text()) == notice
    assert "\u2026" in notice.as_text()


def test_fields_of_a_later_version_are_left_out() -> None:
    assert Notice.parse(json.dumps({"kind": "mute", "later": 1})) == Notice(MUTE)
