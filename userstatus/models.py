"""The tables, and the statements on them as values: no session, no connection.

`messages` is the log. `head` holds the last id given out, and when its message was received: an append takes
its ids there and holds the row's lock until it commits, so ids become visible in the order of their numbers
and without holes, and `received_at` never runs backwards, on every database. `purged` remembers for each site
the last id that retention took, so that a viewer who resumes from before it can be told of the gap.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

LEVELS = ("debug", "info", "warning", "error", "critical")

metadata = sa.MetaData(
    naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"},
)

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", BigId, primary_key=True, autoincrement=False),
    sa.Column("site", sa.String(64), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("log_level", sa.String(8), nullable=False),
    sa.Column("timestamp", sa.BigInteger, nullable=False, comment="unix seconds, as the producer says"),
    sa.Column("received_at", sa.Double, nullable=False, comment="unix seconds of the server's clock"),
    sa.Column("uuid", sa.String(64), comment="the producer's own name for the message"),
    sa.Index(None, "site", "timestamp", "id"),
    sa.Index(None, "site", "id"),
    sa.Index(None, "timestamp", "id"),
    sa.Index(None, "received_at"),
    sa.Index(
        None,
        "site",
        "uuid",
        unique=True,
        sqlite_where=sa.text("uuid IS NOT NULL"),
        postgresql_where=sa.text("uuid IS NOT NULL"),
    ),
)

head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False, comment="1: there is one row"),
    sa.Column("last_id", BigId, nullable=False),
    sa.Column(
        "received_at",
        sa.Double,
        nullable=False,
        server_default=sa.text("0"),
        comment="unix seconds, of the message with the last id",
    ),
)

purged = sa.Table(
    "purged",
    metadata,
    sa.Column("site", sa.String(64), primary_key=True),
    sa.Column("last_id", BigId, nullable=False),
)

SHOWN = [each for each in messages.c if each.name != "uuid"]

EVERY_SITE = "*"


MOST_MERGED = 50  # sites that are read each by its index; SQLite merges no more than 500, and each costs time

END = 2**63 - 1  # no id and no timestamp is greater

Rows = sa.Select[Any] | sa.CompoundSelect[Any]


def _of(sites: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.true() if EVERY_SITE in sites else messages.c.site.in_(sorted(sites))


def _merged(sites: Collection[str], *conditions: sa.ColumnElement[bool]) -> Rows:
    """The messages of `sites`, to be read in the order of an index, no more than are asked for.

    A database looks for `site IN (...)` site by site, and then sorts all it has found. Where each site is
    a statement of its own, it merges them while they last; of more sites it walks the log and leaves out
    the others.
    """
    select = sa.select(*SHOWN).where(*conditions)
    if EVERY_SITE in sites:
        return select
    if len(sites) > MOST_MERGED:
        return select.where((messages.c.site + "").in_(sorted(sites)))  # an expression, so not by index
    parts = [select.where(messages.c.site == site) for site in sorted(sites)]
    return parts[0] if len(parts) == 1 else sa.union_all(*parts)


# What every append and every look at the log's tail runs is made once: making it costs as much as running it.

_now = sa.bindparam("now", type_=sa.Double)
_later = sa.bindparam("later", type_=sa.Double)

_count = sa.bindparam("count", type_=sa.BigInteger)

take_ids = (
    sa.update(head)
    .values(
        last_id=head.c.last_id + _count,
        received_at=sa.case((head.c.received_at < _now, _now), else_=head.c.received_at + _later),
    )
    .returning(
        head.c.last_id,
        head.c.received_at,
        sa.select(messages.c.received_at)
        .where(messages.c.id == head.c.last_id - _count)
        .scalar_subquery()
        .label("before"),
    )
)
"""Advance the head by `count`, and hold it until the commit. Returns the last id taken, and when its message
counts as received: `now` (unix seconds), or, where the clock has run backwards, `later` seconds after the
last one. `before` is when the message before all of them was received, if that is there."""

_last = sa.bindparam("last", type_=sa.BigInteger)

set_head = sa.update(head).values(
    last_id=_last,
    received_at=sa.func.coalesce(
        sa.select(messages.c.received_at).where(messages.c.id == _last).scalar_subquery(), head.c.received_at
    ),
)
"""Put the head back to `last`, as not all the ids taken were needed."""

hold_head = sa.select(head.c.last_id).with_for_update()
"""The last id given out, once every append that had begun has ended one way or the other."""

insert = sa.insert(messages)

end = sa.select(
    head.c.last_id,
    sa.func.coalesce(
        sa.select(messages.c.received_at).where(messages.c.id == head.c.last_id).scalar_subquery(),
        head.c.received_at,
    ).label("received_at"),
)
"""The last id given out, and when its message was received. A process of an older version, which runs for a
while beside this one after an upgrade, leaves the head's own time as it is."""

tail = (
    sa.select(*SHOWN)
    .where(
        messages.c.id >= sa.bindparam("cursor"),
        sa.or_(messages.c.received_at > sa.bindparam("expired"), messages.c.id == sa.bindparam("cursor")),
    )
    .order_by(messages.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
"""At most `most` messages from the id `cursor` on, itself included, oldest first."""

at_or_after = (
    sa.select(messages.c.id, messages.c.received_at)
    .where(messages.c.id >= sa.bindparam("cursor"))
    .order_by(messages.c.id)
    .limit(1)
)
"""The message with the id `cursor`, or the first one after it."""

last_received_by = (
    sa.select(messages.c.id)
    .where(messages.c.received_at <= sa.bindparam("time", type_=sa.Double))
    .order_by(messages.c.received_at.desc(), messages.c.id.desc())
    .limit(1)
)
"""The id of the last message that was received at `time` (unix seconds) or before."""


def same_uuids(uuids: Mapping[str, Collection[str]]) -> sa.Select[Any]:
    """The stored `(site, uuid, id)` among the given uuids of each site."""
    c = messages.c
    return sa.select(c.site, c.uuid, c.id).where(
        sa.or_(*(sa.and_(c.site == site, c.uuid.in_(names)) for site, names in uuids.items())),
        c.uuid.is_not(None),
    )


def with_ids(first: int, last: int) -> sa.Select[Any]:
    """The messages with the ids from the first through the last, in their order."""
    return sa.select(*SHOWN).where(messages.c.id.between(first, last)).order_by(messages.c.id)


def newest_first(limit: int) -> sa.Select[Any]:
    """The end of the log, the newest message first."""
    return sa.select(*SHOWN).order_by(messages.c.id.desc()).limit(limit)


def backlog(sites: Collection[str], cursor: int, through: int, expired: float, limit: int) -> Rows:
    """What the viewers of `sites` missed between two ids, `cursor` excluded, oldest first."""
    c = messages.c
    return (
        _merged(sites, c.id > cursor, c.id <= through, c.received_at > expired)
        .order_by(sa.asc("id"))
        .limit(limit)
    )


def by_id(
    sites: Collection[str],
    after_time: int | None,
    after_id: int,
    before_id: int,
    levels: Collection[str],
    expired: float,
) -> Rows:
    """The messages of `sites` between two ids, both excluded, the newest by id first."""
    c = messages.c
    conditions = [c.id < before_id, c.id > after_id, *_fitting(levels, expired)]
    if after_time is not None:
        conditions.append(c.timestamp >= after_time)
    return _merged(sites, *conditions).order_by(sa.desc("id"))


def by_time(
    sites: Collection[str],
    after_time: int,
    before: tuple[int, int],
    through: int,
    levels: Collection[str],
    expired: float,
) -> Rows:
    """The messages of `sites` since a time, before a `(timestamp, id)`, up to an id; the newest first."""
    c = messages.c
    conditions = [
        c.id <= through,
        c.timestamp >= after_time,
        c.timestamp <= before[0],  # follows from the next one, which not every database can look up
        sa.tuple_(c.timestamp, c.id) < sa.tuple_(*before),
        *_fitting(levels, expired),
    ]
    return _merged(sites, *conditions).order_by(sa.desc("timestamp"), sa.desc("id"))


def _fitting(levels: Collection[str], expired: float) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = [messages.c.received_at > expired]
    if levels:
        conditions.append(messages.c.log_level.in_(sorted(levels)))
    return conditions


def minutes(since: float, through: int) -> sa.Select[Any]:
    """`(site, log_level, minute, count)` of what was received after `since`, up to an id.

    `minute` is in minutes of unix time.
    """
    c = messages.c
    minute = sa.cast(sa.func.round(c.received_at / 60 - 0.5), sa.Integer)  # not every SQLite knows floor
    return (
        sa.select(c.site, c.log_level, minute, sa.func.count())
        .where(c.received_at > since, c.id <= through)
        .group_by(c.site, c.log_level, minute)
    )


def newest(since: float, through: int) -> sa.Select[Any]:
    """The last message up to an id of every site of which something was received after `since`."""
    last = sa.select(sa.func.max(messages.c.id)).where(
        messages.c.received_at > since, messages.c.id <= through
    )
    return sa.select(*SHOWN).where(messages.c.id.in_(last.group_by(messages.c.site)))


def lost(sites: Collection[str], cursor: int, expired: float) -> sa.Select[Any]:
    """Whether messages of `sites` after the cursor have expired, deleted or not.

    `received_at` does not run backwards in the order of ids, so what has expired is all up to some id.
    """
    every = EVERY_SITE in sites
    deleted = sa.select(purged.c.site).where(
        purged.c.last_id > cursor, sa.true() if every else purged.c.site.in_(sorted(sites))
    )
    other = messages.alias()
    last = (
        sa.select(other.c.id)
        .where(other.c.received_at <= expired)
        .order_by(other.c.received_at.desc(), other.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    still_there = sa.select(messages.c.id).where(_of(sites), messages.c.id > cursor, messages.c.id <= last)
    return sa.select(sa.or_(deleted.exists(), still_there.exists()))


last_receipt = (
    sa.select(messages.c.received_at)
    .where(messages.c.received_at < sa.bindparam("by", type_=sa.Double))
    .order_by(messages.c.received_at.desc())
    .limit(1)
)
"""When the last message was received of those that came before `by` (unix seconds)."""

first_receipt = (
    sa.select(messages.c.received_at)
    .where(messages.c.received_at > sa.bindparam("since", type_=sa.Double))
    .order_by(messages.c.received_at)
    .limit(1)
)
"""When the first message was received of those that came after `since` (unix seconds)."""


def expired_batch(expired: float, limit: int) -> sa.Select[Any]:
    """`(id, site)` of messages received at `expired` or before."""
    return (
        sa.select(messages.c.id, messages.c.site)
        .where(messages.c.received_at <= expired)
        .order_by(messages.c.received_at)
        .limit(limit)
    )


def deletion(ids: Sequence[int]) -> sa.Delete:
    return sa.delete(messages).where(messages.c.id.in_(ids))


def marks(sites: Collection[str]) -> sa.Select[Any]:
    """How far retention has got, of those among `sites` where it has taken anything."""
    return sa.select(purged.c.site, purged.c.last_id).where(purged.c.site.in_(sorted(sites)))


def mark(site: str, last: int) -> sa.Update:
    return sa.update(purged).where(purged.c.site == site).values(last_id=last)


# Postgres only: one process purges at a time, and an append rings the bell of every process.
CHANNEL = "userstatus"
purge_lock = sa.select(sa.func.pg_try_advisory_xact_lock(sa.func.hashtext("userstatus.purge")))
ring = sa.select(sa.func.pg_notify(CHANNEL, ""))
