"""A rehearsal of a million messages: how long it takes, reading them from the database included."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from docs.rehearsal import fill
from userstatus.duty.config import parse_config
from userstatus.duty.rehearsal import rehearse
from userstatus.store.expiry import Expiry
from userstatus.store.reader import Reader

MESSAGES = 1_000_000
EVER_S = 3650 * 86_400
CONFIG = """
[[levels]]
match = "too close to the sun|^Weather report says close|^Rain"
level = "critical"
[[levels]]
match = "did not answer|^Traceback"
level = "error"
[[levels]]
match = "Guide star lost|^Clouds"
level = "warning"
[[alerts]]
to = "json://localhost"
level = "error"
silence = true
"""


def rows(folder: Path) -> Iterator[tuple[str, float, str]]:
    """Name, value and unit of each figure."""
    config = parse_config(tomllib.loads(CONFIG), "bench", {})
    with closing(fill(folder / "rehearsal.db", MESSAGES, 0.0)) as database:
        began = time.perf_counter()
        rehearse(Reader(database, Expiry(EVER_S, clock=lambda: 0.0)), config, -1.0, 3 * EVER_S)
        yield "rehearsal of 1,000,000 messages", time.perf_counter() - began, "s"
