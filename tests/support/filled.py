"""Databases of a given size for measurements."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from userstatus.message import LEVELS
from userstatus.settings import PROD
from userstatus.store import queries
from userstatus.store.stages import open_database

CHUNK = 10_000
TEXT = "Exposure {} of the night is complete, FWHM 3.2"


def filled(
    path: Path, count: int, age: float = 0.0, sites: int = 4, text: str = TEXT, levels: Sequence[str] = LEVELS
) -> str:
    """The URL of an SQLite file with `count` messages, the last of them received `age` seconds ago.

    There are ten per second, with sites and levels in rotation.
    """
    url = f"sqlite:///{path}"
    database = open_database(url, PROD)
    database.prepare()
    now = time.time() - age

    def row(id: int) -> dict[str, Any]:
        received_at = now - (count - id) / 10
        return {
            "id": id,
            "site": "tst" if id % sites == 0 else f"site{id % sites}",
            "message": text.format(id),
            "log_level": levels[id % len(levels)],
            "timestamp": int(received_at),
            "received_at": received_at,
            "uuid": None,
        }

    for start in range(0, count, CHUNK):
        ids = range(start + 1, min(start + CHUNK, count) + 1)
        with database.write() as connection:
            connection.execute(queries.insert, [row(id) for id in ids])
    with database.write() as connection:
        connection.execute(queries.set_sequence, {"last": count})
    database.close()
    return url
