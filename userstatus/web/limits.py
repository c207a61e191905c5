"""Limits on posting: messages of one address, and messages of one site."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from userstatus.access.windows import Window, owner_of
from userstatus.errors import Rejection
from userstatus.settings import Limit


class Limits:
    """The limits on posting: messages of one address, and messages of one site."""

    def __init__(
        self, per_address: Limit | None, per_site: Limit | None, clock: Callable[[], float] = time.monotonic
    ):
        self.addresses = Window(per_address, clock)
        self.sites = Window(per_site, clock)

    def check_address(self, address: str) -> None:
        """Reject whoever has posted enough, before the request is read. Raises Rejection."""
        _check(self.addresses, owner_of(address), 1, "one address")

    def take(self, address: str, sites: Sequence[str]) -> None:
        """Count messages of these sites, one each, or none at all. Raises Rejection."""
        if self.addresses.limit is None and self.sites.limit is None:
            return
        owner, counts = owner_of(address), _counted(sites)
        _check(self.addresses, owner, len(sites), "one address")
        for site, count in counts.items():
            _check(self.sites, site, count, f"the site {site}")
        self._add(owner, counts, 1)

    def give_back(self, address: str, sites: Sequence[str]) -> None:
        """Count no longer what could not be stored: whoever sends it again must not be refused for that."""
        self._add(owner_of(address), _counted(sites), -1)

    def _add(self, owner: str, counts: Mapping[str, int], sign: int) -> None:
        self.addresses.add(owner, sign * sum(counts.values()))
        for site, count in counts.items():
            self.sites.add(site, sign * count)


def _counted(sites: Sequence[str]) -> Mapping[str, int]:
    return {sites[0]: 1} if len(sites) == 1 else Counter(sites)  # which takes ten times as long


def _check(window: Window, name: str, cost: int, whose: str) -> None:
    if not (seconds := window.wait(name, cost)):
        return
    limit, wait = window.limit, math.ceil(seconds)
    assert limit is not None  # noqa: S101  # nosec B101 # for mypy: without a limit there is no wait
    if cost > limit.count:
        raise Rejection(f"at most {limit} are taken of {whose}: send fewer at a time", status=413)
    raise Rejection(
        f"at most {limit} are taken of {whose}: send again in {wait} s", status=429, retry_after=wait
    )
