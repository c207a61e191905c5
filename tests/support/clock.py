"""The service on a machine whose time is in the file named by CLOCK, as two numbers of seconds.

The first one is by how much the wall clock is wrong, the second one (0 if it is missing) the time that has
passed beside the real one, by which no clock is wrong.
"""

from __future__ import annotations

import datetime
import os
import runpy
import time
from pathlib import Path

set_by = Path(os.environ["CLOCK"])
right, right_steady = time.time, time.clock_gettime


def now() -> float:
    return right() + sum(map(float, set_by.read_text().split()))


def steady(clock: int) -> float:
    return right_steady(clock) + sum(map(float, set_by.read_text().split()[1:]))


class Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Datetime:
        return cls.fromtimestamp(now(), tz)


time.time = now
time.clock_gettime = steady
datetime.datetime = Datetime  # type: ignore[misc]
runpy.run_path("app.py", run_name="__main__")
