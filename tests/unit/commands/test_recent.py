"""`userstatus recent`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from collections.abc import Callable


def test_wrong_arguments_are_told(usage_error: Callable[[str], str]) -> None:
    assert "SITE" in usage_error("recent")
    assert "invalid choice: 'xml'" in usage_error("recent tst --format xml")
    assert "not a duration like 90s" in usage_error("recent tst --since 1y")
