"""`userstatus send`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from collections.abc import Callable


def test_wrong_arguments_are_told(usage_error: Callable[[str], str]) -> None:
    assert "is no level" in usage_error("send x --level loud")
    assert "is too long" in usage_error("send x --next-within 32d")
    assert "is not a duration" in usage_error("send x --next-within soon")
    assert "is no site" in usage_error("send x --site a/b")
