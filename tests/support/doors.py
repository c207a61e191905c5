"""Doors that are open, and keys that are known without a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from userstatus.access.access import Access
from userstatus.access.keyring import Keyring
from userstatus.access.secret import fingerprint
from userstatus.store.keys import Key
from userstatus.web.doors import Doors

SECRET = "us_" + "x" * 32


class KnownKeys:
    """Keys as a database would give them."""

    def __init__(self, keys: Iterable[Key] = ()):
        self.keys = list(keys)
        self.used: dict[str, float] = {}

    def all(self) -> list[Key]:
        return self.keys

    def note_used(self, times: dict[str, float]) -> None:
        self.used.update(times)


def key(*sites: str, may: Iterable[str] = ("post", "read"), name: str = "k", secret: str = SECRET) -> Key:
    """A key for these sites; for every site if there are none."""
    return Key(name, fingerprint(secret), frozenset(sites or "*"), frozenset(may), 0.0)


def keyring(*keys: Key) -> Keyring:
    """A keyring that has read these keys."""
    found = Keyring(cast(Any, KnownKeys(keys)))
    found.load()
    return found


def access(*keys: Key, posting: bool = False, reading: bool = False) -> Access:
    """What may be done with these keys, by default open to everybody."""
    return Access(keyring(*keys), posting, reading)


def doors(*keys: Key, reading: bool = False) -> Doors:
    """Doors that are open, unless reading needs one of these keys."""
    return Doors(access(*keys, reading=reading))
