"""Access: what a request may do, by the settings and by its key. The one way in for every check."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from typing import NoReturn

from userstatus.access.keyring import Keyring
from userstatus.access.windows import Window, owner_of
from userstatus.errors import Rejection
from userstatus.message import EVERY_SITE
from userstatus.settings import Limit
from userstatus.store.keys import POST, READ, Key

HOW = "send it as Authorization: Bearer, or as the password of Authorization: Basic"
DOING = {POST: "post", READ: "read"}


class Access:
    """What may be done. `posting` and `reading` say whether that needs a key, whatever the site.

    Without the former, it is only the sites for which there is a key to post that are closed. `wrong_keys` is
    how many may come from one address.
    """

    def __init__(
        self,
        keyring: Keyring,
        posting: bool,
        reading: bool,
        wrong_keys: Limit | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.keyring = keyring
        self._failures = Window(wrong_keys, clock)
        self.posting = posting
        self.reading = reading

    def check(self, right: str, secret: str | None, address: str) -> Key | None:
        """Check that somebody with this secret may use a right at all, before the request is read.

        Returns the key, if there is one. `address` is the client's, which has to wait after many wrong keys.
        Raises Rejection.
        """
        key = None if secret is None else self.keyring.find(secret)
        if secret is not None and key is None:
            self._count_failure(owner_of(address))
            raise Rejection("this key is not known, or was revoked: ask the operator for another", status=401)
        if self._is_closed(right):
            self._check(right, (), key)
        return key

    def check_sites(self, right: str, sites: Collection[str], key: Key | None) -> None:
        """Check that a key, or nobody's, may use a right for all of these sites. Raises Rejection."""
        closed = self._is_closed(right)
        if right == POST and not closed:
            sites = self.keyring.guarded(sites)
            closed = bool(sites)
        if closed:
            self._check(right, sites, key)

    def _count_failure(self, owner: str) -> None:
        if wait := math.ceil(self._failures.wait(owner)):
            error = f"too many keys that are not known came from this address: try again in {wait} s"
            raise Rejection(error, status=429, retry_after=wait)
        self._failures.add(owner)

    def _is_closed(self, right: str) -> bool:
        return self.posting if right == POST else self.reading

    def _check(self, right: str, sites: Collection[str], key: Key | None) -> None:
        if key is None:
            where = f" for {_named(sites)}" if sites else ""
            raise Rejection(f"a key is needed to {DOING[right]}{where}: {HOW}", status=401)
        if not self.keyring.holds(key):
            raise Rejection("this key was revoked: ask the operator for another", status=401)
        if right not in key.rights:
            raise Rejection(f"the key {key.name} may not {DOING[right]}: use one that may", status=403)
        if not key.covers(sites):
            _reject_sites(right, sites, key)


def _reject_sites(right: str, sites: Collection[str], key: Key) -> NoReturn:
    others = [site for site in sites if not key.covers([site])]
    remedy = f"it is for {_named(sorted(key.sites))}"
    raise Rejection(f"the key {key.name} may not {DOING[right]} for {_named(others)}: {remedy}", "site", 403)


def _named(sites: Collection[str]) -> str:
    """Site codes as people read them, not all of them if there are many."""
    if EVERY_SITE in sites:
        return "every site"
    shown = sorted(sites)[:5]
    return ", ".join(shown) + (f" and {len(sites) - 5} others" if len(sites) > 5 else "")
