"""Keys of a running service, stored as `userstatus keys` does, or by that command itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import requests

from tests.support.databases import at
from tests.support.service import PROJECT, Service, wait_until
from userstatus.access.secret import fingerprint, new_secret
from userstatus.store.keys import Key, Keys


def keys_command(service: Service, *arguments: str) -> str:
    """What `userstatus keys` prints for the database of a service."""
    done = subprocess.run(
        [sys.executable, "-m", "userstatus", "keys", *arguments],
        cwd=PROJECT,
        env=service.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout


@contextmanager
def stored_keys(service: Service) -> Iterator[Keys]:
    """The keys in the database of a service, which are changed faster here than by the command."""
    with closing(at(service.environ["DATABASE_URL"])) as database:
        yield Keys(database)


def store_key(keys: Keys, name: str, site: str, *rights: str) -> str:
    """Store a new key; returns its secret."""
    secret = new_secret()
    keys.add(Key(name, fingerprint(secret), frozenset({site}), frozenset(rights), time.time()))
    return secret


def add_key(service: Service, name: str, site: str, may: str) -> str:
    """A new key, of which the running service will know within seconds; without the process of a command."""
    with stored_keys(service) as keys:
        return store_key(keys, name, site, *may.split(","))


def make_key(service: Service, name: str, site: str, may: str) -> str:
    """A new key, which the running service knows."""
    key = add_key(service, name, site, may)
    headers = {"Authorization": f"Bearer {key}"}
    wait_until(
        lambda: (
            requests.get(f"{service.url}/sites?site={site}", headers=headers, timeout=10).status_code
            in (200, 403)  # other answers are those of a busy service, which may not know the key yet
        ),
        "the running service knows the key",
    )
    return key


def revoke_key(service: Service, name: str) -> None:
    with stored_keys(service) as keys:
        assert keys.revoke(name)
