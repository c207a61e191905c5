"""A fan-out hub that belongs to a Socket.IO server which nobody has connected to, and viewers on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.attendance import Attendance, rooms
from userstatus.live.fanout import Fanout


@pytest.fixture
def fanout() -> Fanout:
    return Fanout(rooms())


@pytest.fixture
def attendance(fanout: Fanout) -> Iterator[Attendance]:
    found = Attendance(fanout)
    with found.stack:
        yield found
