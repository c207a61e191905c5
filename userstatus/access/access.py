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
    how many requests with a key that is not known, or may not do this, are taken of one address. What a key
    may do, it may do however many of them have come.
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
        self._refused = Window(wrong_keys, clock)
        self.posting = posting
        self.reading = reading

    def check(self, right: str, secret: str | None, address: str) -> Key | None:
        """Check that somebody with this secret may use a right at all, before the request is read.

        Returns the key, if there is one. `address` is the client's, which has to wait after many wrong keys.
        Raises Rejection.
        """
        key = None if secret is None else self.keyring.find(secret)
        if secret is not None and key is None:
            error = "this key is not known, or was revoked: ask the operator for another"
            self._refuse(Rejection(error, status=401), address)
        if self._is_closed(right):
            self._check(right, (), key, address)
        return key

    def check_sites(self, right: str, sites: Collection[str], key: Key | None, address: str) -> None:
        """Check that a key, or nobody's, may use a right for all of these sites. Raises Rejection."""
        closed = self._is_closed(right)
        if right == POST and not closed:
            sites = self.keyring.guarded(sites)
            closed = bool(sites)
        if closed:
            self._check(right, sites, key, address)

    def _refuse(self, rejection: Rejection, address: str) -> NoReturn:
        """Reject a request that came with a key, or tell whoever has sent many such to wait."""
        owner, limit = owner_of(address), self._refused.limit
        if limit is not None and (wait := math.ceil(self._refused.wait(owner))):
            most = f"at most {limit.of('requests')} are taken of one address"
            error = f"{most} with keys that are not known or may not do this: try again in {wait} s"
            raise Rejection(error, status=429, retry_after=wait)
        self._refused.add(owner)
        raise rejection

    def _is_closed(self, right: str) -> bool:
        return self.posting if right == POST else self.reading

    def _check(self, right: str, sites: Collection[str], key: Key | None, address: str) -> None:
        if key is None:
            where = f" for {_named(sites)}" if sites else ""
            raise Rejection(f"a key is needed to {DOING[right]}{where}: {HOW}", status=401)
        if not self.keyring.holds(key):
            error = "this key was revoked: ask the operator for another"
            self._refuse(Rejection(error, status=401), address)
        if right not in key.rights:
            error = f"the key {key.name} may not {DOING[right]}: use one that may"
            self._refuse(Rejection(error, status=403), address)
        if not key.covers(sites):
            self._refuse(_of_other_sites(right, sites, key), address)


def _of_other_sites(right: str, sites: Collection[str], key: Key) -> Rejection:
    others = [site for site in sites if not key.covers([site])]
    remedy = f"it is for {_named(sorted(key.sites))}"
    return Rejection(f"the key {key.name} may not {DOING[right]} for {_named(others)}: {remedy}", "site", 403)


def _named(sites: Collection[str]) -> str:
    """Site codes as people read them, not all of them if there are many."""
    if EVERY_SITE in sites:
        return "every site"
    shown = sorted(sites)[:5]
    return ", ".join(shown) + (f" and {len(sites) - 5} others" if len(sites) > 5 else "")
