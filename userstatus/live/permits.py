"""Permits: what a viewer may watch."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple


class Permit(NamedTuple):
    """What one viewer may watch: `check(sites)` raises Rejection if it may not watch all of them.

    `key` is the key by which it may, None if it has none and needs none.
    """

    key: Any | None
    check: Callable[[Collection[str]], None]


def anything(_: Collection[str]) -> None:
    """Reject nothing."""


OPEN = Permit(None, anything)
