"""Messages and notices as the log has them, for what reads it without a database."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.messages import stored
from userstatus.message import Message
from userstatus.notice import Notice

NIGHT = 1_764_025_200  # 2025-11-24 23:00 UTC


class Night:
    """A log whose clock the test sets: messages get consecutive ids, and `seconds` into the night."""

    def __init__(self) -> None:
        self.ids = itertools.count(1)

    def says(
        self, seconds: float, text: str, level: str = "error", site: str = "tst", **more: Any
    ) -> Message:
        return stored(
            next(self.ids), text, site=site, log_level=level, received_at=float(NIGHT + seconds), **more
        )

    def notes(self, seconds: float, kind: str, site: str = "tst", **more: Any) -> Message:
        """A notice of the service."""
        level = more.pop("log_level", "warning")
        return self.says(seconds, f"a {kind}", level, site, notice=Notice(kind, **more))
