"""What other processes do to a spool."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path | None) -> Iterator[None]:
    """A spool that cannot be written, as another connection has SQLite's lock for writing."""
    other = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@contextmanager
def locked_for_reading(path: Path) -> Iterator[None]:
    """A spool that cannot even be read, as another connection, the only one, has it to itself."""
    other = sqlite3.connect(str(path), isolation_level=None)
    try:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        other.close()
