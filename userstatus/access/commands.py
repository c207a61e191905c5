"""The commands that make, list and revoke keys: `userstatus keys`."""

from __future__ import annotations

import re
import sys
import time
from datetime import UTC, datetime

from userstatus.access.secret import fingerprint, new_secret
from userstatus.errors import Rejection, StartError
from userstatus.live.requests import read_sites
from userstatus.store.keys import RIGHTS, Key, KeyExists, Keys

NAME = re.compile(r"[\w.@ -]{1,64}")
HEADINGS = ("NAME", "SITES", "MAY", "CREATED (UTC)", "LAST USED (UTC)")


def add(keys: Keys, name: str, sites: str, may: str) -> None:
    """Make a key and print its secret, which is shown this once. Raises StartError and Unavailable."""
    key_name, secret = name.strip(), new_secret()
    if not NAME.fullmatch(key_name):
        raise StartError(f"NAME is {name!r}, expected 1 to 64 letters, digits, spaces or any of . _ @ -")
    key = Key(key_name, fingerprint(secret), _sites(sites), _rights(may), time.time())
    try:
        keys.add(key)
    except KeyExists:
        raise StartError(f"there is a key {key_name} already: revoke it, or choose another name") from None
    sys.stderr.write(
        f"The key {key_name} may {_listed(key.rights)} for {_listed(key.sites)}. Shown this once:\n"
    )
    sys.stdout.write(f"{secret}\n")


def show(keys: Keys) -> None:
    """Print all keys, without their secrets. Raises Unavailable."""
    rows = [
        (each.name, _listed(each.sites), _listed(each.rights), _time(each.created_at), _time(each.used_at))
        for each in keys.all()
    ]
    if not rows:
        sys.stderr.write("There are no keys.\n")
        return
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    for row in (HEADINGS, *rows):
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        sys.stdout.write(f"{line.rstrip()}\n")


def revoke(keys: Keys, name: str) -> None:
    """Revoke a key, which ends its live connections within seconds. Raises StartError and Unavailable."""
    if not keys.revoke(name.strip()):
        raise StartError(f"there is no key {name.strip()}: userstatus keys list shows all")
    sys.stderr.write(f"The key {name.strip()} is revoked.\n")


def _sites(text: str) -> frozenset[str]:
    try:
        found = read_sites(text, every=True)
    except Rejection as rejection:
        raise StartError(f"--site: {rejection.error}") from rejection
    return frozenset("*" if "*" in found else found)


def _rights(text: str) -> frozenset[str]:
    found = frozenset(word.strip().lower() for word in text.split(",") if word.strip())
    if not found or not found <= set(RIGHTS):
        raise StartError(f"--may is {text!r}, expected post, read, or post,read")
    return found


def _listed(words: frozenset[str]) -> str:
    return ",".join(sorted(words))


def _time(seconds: float | None) -> str:
    return "never" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
