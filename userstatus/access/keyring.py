"""The keyring: the keys in memory, read anew every few seconds, as they are added and revoked elsewhere."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Collection

from userstatus.access.secret import fingerprint
from userstatus.errors import Unavailable
from userstatus.message import EVERY_SITE
from userstatus.store.keys import POST, Key, Keys

log = logging.getLogger(__name__)

REFRESH_S = 2.0  # between two looks at the keys
NOTE_USE_S = 60  # between two notes of when keys were used


class Keyring:
    """The keys of a service. Without the database, those that were read last remain valid.

    `listeners` are called after every look that has found other keys than before. `errors` is how many looks
    have failed since the start.
    """

    def __init__(self, keys: Keys, clock: Callable[[], float] = time.time):
        self.keys = keys
        self.clock = clock
        self.listeners: list[Callable[[], None]] = []
        self.errors = 0
        self._by_fingerprint: dict[str, Key] = {}
        self._guarded: frozenset[str] = frozenset()  # the sites for which there is a key to post
        self._used: dict[str, float] = {}
        self._noted_at = 0.0

    def load(self) -> None:
        """Read the keys. Raises Unavailable."""
        found = {key.fingerprint: key._replace(used_at=None) for key in self.keys.all()}
        if found == self._by_fingerprint:
            return
        self._by_fingerprint = found
        posting = (key.sites for key in found.values() if POST in key.rights)
        self._guarded = frozenset(site for sites in posting for site in sites)
        for tell in self.listeners:
            tell()

    def run(self) -> None:
        """Look at the keys and note their use, forever."""
        failed = False
        while True:
            time.sleep(REFRESH_S)
            try:
                self.load()
                self._note_use()
                failed = False
            except Exception as error:  # nothing else reads the keys, so it must continue after any error
                self.errors += 1
                if not failed:
                    reason = error.reason if isinstance(error, Unavailable) else repr(error)
                    log.warning("cannot read the keys, those known remain valid: %s", reason)
                failed = True

    def find(self, secret: str) -> Key | None:
        """The key with this secret, if there is one; its use is noted."""
        sought = fingerprint(secret)
        key = self._by_fingerprint.get(sought)
        if key is None or not hmac.compare_digest(key.fingerprint, sought):
            return None
        self._used[sought] = self.clock()
        return key

    def holds(self, key: Key) -> bool:
        """Whether a key is still valid, with the same sites and rights."""
        return self._by_fingerprint.get(key.fingerprint) == key

    def guarded(self, sites: Collection[str]) -> Collection[str]:
        """Those of the sites for which there is a key to post, so that nobody may post without one."""
        if not self._guarded:
            return ()
        return sites if EVERY_SITE in self._guarded else [site for site in sites if site in self._guarded]

    def _note_use(self) -> None:
        now = self.clock()
        if not self._used or abs(now - self._noted_at) < NOTE_USE_S:
            return
        used = dict(self._used)
        self.keys.note_used(used)
        self._noted_at = now
        self._used = {each: at for each, at in self._used.items() if at != used.get(each)}
