"""The service on a machine with a wrong clock: the file named by CLOCK contains its offset in seconds."""

from __future__ import annotations

import datetime
import os
import runpy
import time
from pathlib import Path

set_by = Path(os.environ["CLOCK"])
right = time.time


def now() -> float:
    return right() + float(set_by.read_text() or 0)


class Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Datetime:
        return cls.fromtimestamp(now(), tz)


time.time = now
datetime.datetime = Datetime  # type: ignore[misc]
runpy.run_path("app.py", run_name="__main__")
