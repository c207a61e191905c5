"""The keys: who may post and read, as kept in the database of prod, for all stages.

Of a key's secret, only the fingerprint is stored: whoever reads the database cannot use the keys.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from userstatus.message import EVERY_SITE
from userstatus.store.database import Database
from userstatus.store.tables import keys

POST, READ = "post", "read"
RIGHTS = (POST, READ)


class Key(NamedTuple):
    """A key. `sites` are site codes, or `*` for every site; `rights` are `post`, `read` or both.

    `fingerprint` is that of its secret. Times are in unix seconds; `used_at` is None if it was never used.
    """

    name: str
    fingerprint: str
    sites: frozenset[str]
    rights: frozenset[str]
    created_at: float
    used_at: float | None = None

    def covers(self, sites: Collection[str]) -> bool:
        """Whether it is for all of these sites; `*` among them is covered only by a key for every site."""
        return EVERY_SITE in self.sites or self.sites.issuperset(sites)


class KeyExists(Exception):
    """There is a key with this name."""


class Keys:
    """The keys in a database. All methods raise Unavailable."""

    def __init__(self, database: Database):
        self.database = database

    def all(self) -> list[Key]:
        """All keys, in the order of their names."""
        # Not as a long read: those wait for each other, and a key that was revoked must not wait for them.
        with self.database.read() as connection:
            found = connection.execute(sa.select(keys).order_by(keys.c.name)).all()
        return [
            Key(
                row.name,
                row.fingerprint,
                frozenset(row.sites.split(",")),
                frozenset(row.rights.split(",")),
                row.created_at,
                row.used_at,
            )
            for row in found
        ]

    def add(self, key: Key) -> None:
        """Store a key. Raises KeyExists."""
        lists = {"sites": ",".join(sorted(key.sites)), "rights": ",".join(sorted(key.rights))}
        try:
            with self.database.write() as connection:
                connection.execute(sa.insert(keys), {**key._asdict(), **lists})
        except sa.exc.IntegrityError as error:
            raise KeyExists(key.name) from error

    def revoke(self, name: str) -> bool:
        """Delete a key; returns whether there was one with this name."""
        with self.database.write() as connection:
            return connection.execute(sa.delete(keys).where(keys.c.name == name)).rowcount > 0

    def note_used(self, times: Mapping[str, float]) -> None:
        """Store when keys were last used, by their fingerprints, in unix seconds."""
        latest = sa.update(keys).where(keys.c.fingerprint == sa.bindparam("of"))
        rows = [{"of": fingerprint, "at": at} for fingerprint, at in times.items()]
        with self.database.write(durable=False) as connection:
            connection.execute(latest.values(used_at=sa.bindparam("at", type_=sa.Double)), rows)
