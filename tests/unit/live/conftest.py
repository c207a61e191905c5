"""A fan-out hub that belongs to a Socket.IO server which nobody has connected to, and viewers on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import socketio

from tests.support.attendance import Attendance
from userstatus.fanout import Fanout


@pytest.fixture
def fanout() -> Fanout:
    found = Fanout(bound=1000)
    socketio.Server(async_mode="eventlet", client_manager=found)
    return found


@pytest.fixture
def attendance(fanout: Fanout) -> Iterator[Attendance]:
    found = Attendance(fanout)
    with found.stack:
        yield found
