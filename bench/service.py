"""A service to measure."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.filled import filled
from tests.support.service import Service, running


@contextmanager
def fresh(folder: Path, stored: int = 0) -> Iterator[Service]:
    """A running service with so many messages, in a new database in this folder; it is killed in the end."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        own = Path(name)
        with running(filled(own / "bench.db", stored), own, LOG_LEVEL="warning") as service:
            yield service
