"""Alerting: reads the log after everybody else, and makes the calls of the plan of alerts.

Of all processes, one does it. What it knows is saved together with how far it has read: whoever continues
from there skips nothing, and at worst says something twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from userstatus import eventloop
from userstatus.duty.alert_clock import AlertClock
from userstatus.duty.channels import Apprise
from userstatus.duty.config import Config
from userstatus.duty.shift import Shift
from userstatus.errors import Unavailable
from userstatus.instruments.counts import Tally
from userstatus.live.follower import Follower
from userstatus.store.alerts import AlertsRow
from userstatus.store.log import Log

log = logging.getLogger(__name__)

LOOK_S = 0.5  # between two looks at what is new, which cost whoever posts nothing
RETRY_S = 2.0  # between two attempts to be the process that sends alerts
MAX_FINISH_S = 2.0  # for calls that are being made when the service stops
MAX_STOP_S = 4.0  # for stopping altogether, if the database does not respond


class Alerting:
    """Sends the alerts of one log, while it is the turn of this process.

    `public_url` is where people find the service's pages, None if that is not known; `outcomes` counts the
    calls by what became of them.
    """

    def __init__(
        self,
        config: Config,
        stored: Log,
        follower: Follower,
        public_url: str | None,
        wall: Callable[[], float] = time.time,
    ):
        self.config = config
        self.stored = stored
        self.follower = follower
        self.public_url = public_url
        self.clock = AlertClock(wall)
        self.apprise = Apprise()
        self.outcomes = Tally()
        self._row = AlertsRow(stored.database)
        self._stop = eventloop.Event()
        self._stopped = eventloop.Event()
        self._trouble: str | None = None

    def configure(self, config: Config) -> None:
        """Go by a configuration from now on."""
        self.config = config

    def run(self) -> None:
        """Send alerts whenever it is the turn of this process, until `stop` is called."""
        while not self._stop.ready():
            try:
                if self.config.alerts and self._row.take_turn():
                    self._serve()
                self._trouble = None
            except Unavailable as error:
                if self._trouble != error.reason:  # it may last, and others log it as well
                    log.warning("alerts wait for the database: %s", error.reason)
                self._trouble = error.reason
            except Exception as error:  # nothing else calls anybody, so it must go on after any error
                if self._trouble != repr(error):
                    log.exception("alerts have failed, retrying")
                self._trouble = repr(error)
            finally:
                self._row.give_up()
            self._stop.wait(RETRY_S)
        self._stopped.send(None)

    def stop(self) -> None:
        """Save what is not known to have been sent, and let another process continue."""
        self._stop.send(None)
        self._stopped.wait(MAX_STOP_S)
        self.apprise.kill()

    def _serve(self) -> None:
        """Send alerts until there are none in the configuration. Raises Unavailable when the turn is over."""
        shift = Shift(self, self._row, self._row.load())
        while self.config.alerts and not self._stop.ready():
            if shift.config is not self.config:
                shift = Shift(self, self._row, shift.as_json())
            shift.look()
            self._stop.wait(LOOK_S)
        until = time.monotonic() + MAX_FINISH_S
        while shift.switchboard.is_sending() and time.monotonic() < until:
            time.sleep(LOOK_S / 10)
        shift.save()
