"""A cursor as text: what is read, and what is not."""

from __future__ import annotations

import pytest

from userstatus.message import Cursor


@pytest.mark.parametrize(
    "cursor", [Cursor(0), Cursor(41), Cursor(41, 1_764_025_200_123_456), Cursor.of(7, 1.5)]
)
def test_a_cursor_is_read_back_from_its_text(cursor: Cursor) -> None:
    assert Cursor.parse(str(cursor)) == cursor


def test_a_cursor_knows_the_time_to_the_microsecond() -> None:
    assert Cursor.of(41, 1764025200.123456).received_at == 1764025200.123456


def test_a_message_whose_receipt_is_not_known_is_known_by_its_id_alone() -> None:
    assert Cursor.of(41, 0.0) == Cursor(41)


@pytest.mark.parametrize(
    "text", ["", "-", "41-", "-41", "41-x", "4 1", "41-12-13", "1" * 16, "41-" + "1" * 19, "٤"]
)
def test_what_is_not_a_cursor_is_not_read_as_one(text: str) -> None:
    assert Cursor.parse(text) is None
