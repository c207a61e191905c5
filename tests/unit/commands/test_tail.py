"""`userstatus tail`: its arguments. What it does is in tests/integration."""

from __future__ import annotations

from collections.abc import Callable


def test_wrong_arguments_are_told(usage_error: Callable[[str], str]) -> None:
    assert "'a/b' is no site" in usage_error("tail a/b")
    assert "not a duration like 90s" in usage_error("tail --since 2")
    assert "is no level" in usage_error("tail --level loud")
    assert "not allowed with" in usage_error("tail --utc --local")
