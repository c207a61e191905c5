"""`userstatus keys`: its arguments. What it does is in `access.commands`."""

from __future__ import annotations

from collections.abc import Callable


def test_what_is_missing_is_named(usage_error: Callable[[str], str]) -> None:
    assert "required: ACTION" in usage_error("keys")
    assert "required: --site" in usage_error("keys add dome")
    assert "required: NAME" in usage_error("keys revoke")
