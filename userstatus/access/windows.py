"""Windows: what a client does in a while is counted in windows of a fixed length.

Not with the library `limits`: its memory takes 8 µs for a count, twice per POST, and looks through everything
that it has counted a hundred times a second, which whoever invents names could use to stop the service.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from ipaddress import ip_network

from userstatus.settings import Limit

MAX_NAMES = 50_000  # that are counted apart in one window; further ones are counted together
OTHERS = ""
IPV6_PREFIX = 64  # bits of an address that say whose it is; the rest its owner can choose


class Window:
    """Counts by name, from zero again at the end of every window. Without a limit, it admits everything."""

    def __init__(self, limit: Limit | None, clock: Callable[[], float] = time.monotonic):
        self.limit = limit
        self.clock = clock
        self._ends = -math.inf
        self._counts: dict[str, int] = {}

    def wait(self, name: str, cost: int = 1) -> float:
        """The seconds after which there is room for `cost` more; 0 if there is now."""
        if self.limit is None:
            return 0
        now = self._roll(self.limit)
        count = self._counts.get(self._counted_as(name), 0)
        return 0 if count + cost <= self.limit.count else self._ends - now

    def add(self, name: str, cost: int = 1) -> None:
        """Count `cost` for a name; less than 0 takes back what was counted."""
        if self.limit is not None:
            self._roll(self.limit)
            name = self._counted_as(name)
            self._counts[name] = max(0, self._counts.get(name, 0) + cost)

    def _roll(self, limit: Limit) -> float:
        """Begin a new window if the last one has ended; returns the time."""
        now = self.clock()
        if now >= self._ends:
            self._counts = {}
            self._ends = now + limit.seconds
        return now

    def _counted_as(self, name: str) -> str:
        return name if len(self._counts) < MAX_NAMES or name in self._counts else OTHERS


def owner_of(address: str) -> str:
    """The address, or the network of an IPv6 address, within which its owner can choose any."""
    if ":" not in address:
        return address
    try:
        return str(ip_network((address.partition("%")[0], IPV6_PREFIX), strict=False))
    except ValueError:
        return address
