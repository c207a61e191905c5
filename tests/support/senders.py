"""What sends a spool, without a program that puts messages there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from userstatus.client.bodies import body
from userstatus.client.complaints import Complaints
from userstatus.client.destination import Destination
from userstatus.client.file_lock import FileLock
from userstatus.client.keeper import Keeper
from userstatus.client.sender import Sender
from userstatus.client.spool import Spool

STORED = b'{"id": 1, "warnings": []}'  # the answer of a server that has stored a message


def sending(url: str, disk: Spool, memory: Spool | None = None, max_age: float = 1000.0) -> Sender:
    """What sends a spool on disk, and one in memory, to the site tst of a server."""
    complaints = Complaints()
    keeper = Keeper(disk, memory or Spool(None, 10**9, pytest.fail), complaints)
    return Sender(Destination(url, "tst"), keeper, FileLock(Path(f"{disk.path}.lock")), max_age, complaints)


def put(spool: Spool, text: str) -> None:
    """Have a message wait in a spool."""
    spool.put(body("tst", text, "info", time.time()), 20, time.time())
