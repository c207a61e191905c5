"""A fan-out hub that belongs to a Socket.IO server which nobody has connected to, and viewers on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.attendance import Attendance
from tests.support.attendance import rooms as create_rooms
from tests.support.greenlets import GREEN_TIME
from userstatus.live import pending, pings
from userstatus.live.fanout import Fanout
from userstatus.live.socketio import Rooms


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Rooms:
    for module in (pending, pings):  # as in a server, where waiting stops nobody else
        monkeypatch.setattr(module, "time", GREEN_TIME)
    return create_rooms()


@pytest.fixture
def fanout(rooms: Rooms) -> Fanout:
    return Fanout(rooms)


@pytest.fixture
def attendance(fanout: Fanout) -> Iterator[Attendance]:
    found = Attendance(fanout)
    with found.stack:
        yield found
