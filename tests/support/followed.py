"""A log in memory that is followed, for viewers in this process."""

from __future__ import annotations

import threading
from typing import Any, cast

from tests.support.logs import LogInMemory
from tests.support.messages import stored
from userstatus.fanout import Fanout
from userstatus.follower import Follower


def followed(fanout: Fanout) -> tuple[LogInMemory, Follower]:
    """A log of six messages, of the sites a and b in turn, and its follower at its end."""
    log = LogInMemory(*(stored(id, site="ba"[id % 2]) for id in range(1, 7)))
    follower = Follower(cast(Any, log), threading.Event(), fanout.deliver)
    follower.open()
    return log, follower
