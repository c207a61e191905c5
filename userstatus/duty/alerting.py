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
        self.shift: Shift | None = None  # since it is the turn of this process
        self.looked_at: float | None = None  # then, in seconds of time.monotonic
        self._row = AlertsRow(stored.database)
        self._ended = False  # what was to be told, since there are no alerts
        self._stop = eventloop.Event()
        self._stopped = eventloop.Event()
        self._trouble: str | None = None

    def configure(self, config: Config) -> None:
        """Go by a configuration from now on, if it says anything else about alerts."""
        if (config.alerts, config.sites) != (self.config.alerts, self.config.sites):
            self.config, self._ended = config, False

    @property
    def age(self) -> float | None:
        """Seconds since this process last looked at what is new; None while it is not its turn."""
        return None if self.looked_at is None else time.monotonic() - self.looked_at

    @property
    def failing(self) -> int | None:
        """The number of channels that keep failing; None while it is not the turn of this process."""
        return None if self.shift is None else self.shift.switchboard.failing()

    def run(self) -> None:
        """Send alerts whenever it is the turn of this process, until `stop` is called."""
        while not self._stop.ready():
            try:
                self._take_turn()
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
                self.shift = None
                self._row.give_up()
            self._stop.wait(RETRY_S)
        self._stopped.send(None)

    def stop(self) -> None:
        """Save what is not known to have been sent, and let another process continue."""
        self._stop.send(None)
        self._stopped.wait(MAX_STOP_S)
        self.apprise.kill()

    def _take_turn(self) -> None:
        """Send alerts, if it is the turn of this process. Raises Unavailable when the turn is over."""
        if self._ended or not self._row.take_turn():
            self.looked_at = None
        elif self.config.alerts:
            if self.looked_at is None:  # otherwise it goes on after an error, since which it has not looked
                self.looked_at = time.monotonic()
            self._serve()
        else:
            self.looked_at = None
            self._end()

    def _end(self) -> None:
        """There are no alerts: forget what was saved, so that new ones are not about history."""
        saved = self._row.load()
        if saved is not None:
            Shift(self, self._row, saved).end()
        self._ended = not self.config.alerts

    def _serve(self) -> None:
        """Send alerts until there are none in the configuration. Raises Unavailable when the turn is over."""
        self.shift = shift = Shift(self, self._row, self._row.load())
        while self.config.alerts and not self._stop.ready():
            if shift.config is not self.config:
                shift.configure(self.config)
            shift.look()
            self.looked_at = time.monotonic()
            self._stop.wait(LOOK_S)
        until = time.monotonic() + MAX_FINISH_S
        while shift.switchboard.is_sending() and time.monotonic() < until:
            time.sleep(LOOK_S / 10)
        shift.save()
