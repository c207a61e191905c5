"""The SQL statements, as values: no session, no connection. Rows are read by column name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from userstatus.message import EVERY_SITE, Message
from userstatus.store.tables import messages, sequence, watermarks

SHOWN = [messages.c[name] for name in Message._fields]

_shown = attrgetter(*Message._fields)


def as_messages(rows: Iterable[Any]) -> list[Message]:
    """Convert rows with the `SHOWN` columns to messages."""
    return [Message._make(_shown(row)) for row in rows]


MAX_MERGED = 50  # sites read by index each; SQLite merges at most 500, and each one costs time
END = 2**63 - 1  # greater than any id or timestamp

Rows = sa.Select[Any] | sa.CompoundSelect[Any]


def unexpired(
    expired: float | sa.BindParameter[float], table: sa.FromClause = messages
) -> sa.ColumnElement[bool]:
    """The condition that selects unexpired messages; `expired` is from `Expiry.threshold`."""
    return table.c.received_at > expired


def _of(sites: Collection[str]) -> sa.ColumnElement[bool]:
    return sa.true() if EVERY_SITE in sites else messages.c.site.in_(sorted(sites))


def _merged(sites: Collection[str], *conditions: sa.ColumnElement[bool]) -> Rows:
    """The messages of `sites`, read in index order and only as far as needed.

    For `site IN (...)`, a database looks up each site and then sorts everything it found. Given one
    statement per site, it merges them as it reads. For many sites, scanning the log and skipping the
    others is faster.
    """
    select = sa.select(*SHOWN).where(*conditions)
    if EVERY_SITE in sites:
        return select
    if len(sites) > MAX_MERGED:
        return select.where((messages.c.site + "").in_(sorted(sites)))  # + "" keeps the index from being used
    parts = [select.where(messages.c.site == site) for site in sorted(sites)]
    return parts[0] if len(parts) == 1 else sa.union_all(*parts)


# Statements that every append and every read of the tail execute are built once: building one costs as
# much as running it.

_now = sa.bindparam("now", type_=sa.Double)
_later = sa.bindparam("later", type_=sa.Double)

_count = sa.bindparam("count", type_=sa.BigInteger)

take_ids = (
    sa.update(sequence)
    .values(
        last_id=sequence.c.last_id + _count,
        received_at=sa.case((sequence.c.received_at < _now, _now), else_=sequence.c.received_at + _later),
    )
    .returning(
        sequence.c.last_id,
        sequence.c.received_at,
        sa.select(messages.c.received_at)
        .where(messages.c.id == sequence.c.last_id - _count)
        .scalar_subquery()
        .label("before"),
    )
)
"""Advance the sequence by `count`, and lock it until the commit. Returns the last id taken, and when its
message counts as received: at `now` (unix seconds), or, if the clock has run backwards, `later` seconds after
the last one. `before` is when the message before all of them was received, if it is still there."""

_last = sa.bindparam("last", type_=sa.BigInteger)

set_sequence = sa.update(sequence).values(
    last_id=_last,
    received_at=sa.func.coalesce(
        sa.select(messages.c.received_at).where(messages.c.id == _last).scalar_subquery(),
        sequence.c.received_at,
    ),
)
"""Set the sequence back to `last`, as not all the ids taken were needed."""

lock_sequence = sa.select(sequence.c.last_id).with_for_update()
"""The last id given out, once every append under way has committed or failed."""

has_spoken = (
    sa.select(sa.func.count())
    .select_from(messages)
    .where(
        messages.c.site == sa.bindparam("site"),
        messages.c.id > sa.bindparam("after", type_=sa.BigInteger),
        messages.c.notice.is_(None),
    )
)
"""The number of messages of a site, notices aside, after an id. There is usually none, so it is counted: for
the first one, Postgres would scan the table in the expectation of finding it soon."""

insert = sa.insert(messages)

end = sa.select(
    sequence.c.last_id,
    sa.func.coalesce(
        sa.select(messages.c.received_at).where(messages.c.id == sequence.c.last_id).scalar_subquery(),
        sequence.c.received_at,
    ).label("received_at"),
)
"""The last id given out, and when its message was received. A process of an older version, which runs for a
while beside this one after an upgrade, does not update the sequence's own time."""

tail = (
    sa.select(*SHOWN)
    .where(
        messages.c.id >= sa.bindparam("cursor"),
        sa.or_(unexpired(sa.bindparam("expired", type_=sa.Double)), messages.c.id == sa.bindparam("cursor")),
    )
    .order_by(messages.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
"""At most `limit` messages from the id `cursor` on, itself included, oldest first."""

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

last_received_before = (
    sa.select(messages.c.id)
    .where(messages.c.received_at < sa.bindparam("time", type_=sa.Double))
    .order_by(messages.c.received_at.desc(), messages.c.id.desc())
    .limit(1)
)
"""The id of the last message that was received before `time` (unix seconds)."""


def same_uuids(uuids: Mapping[str, Collection[str]]) -> sa.Select[Any]:
    """The stored `(site, uuid, id)` rows that match the given uuids of each site."""
    c = messages.c
    return sa.select(c.site, c.uuid, c.id).where(
        sa.or_(*(sa.and_(c.site == site, c.uuid.in_(names)) for site, names in uuids.items())),
        c.uuid.is_not(None),
    )


def with_ids(first: int, last: int) -> sa.Select[Any]:
    """The messages with ids from `first` to `last`, in id order."""
    return sa.select(*SHOWN).where(messages.c.id.between(first, last)).order_by(messages.c.id)


def newest_first(limit: int) -> sa.Select[Any]:
    """The newest messages, newest first."""
    return sa.select(*SHOWN).order_by(messages.c.id.desc()).limit(limit)


def backlog(sites: Collection[str], cursor: int, up_to_id: int, expired: float, limit: int) -> Rows:
    """The messages that viewers of `sites` missed after `cursor`, up to `up_to_id`, oldest first."""
    c = messages.c
    return (
        _merged(sites, c.id > cursor, c.id <= up_to_id, unexpired(expired))
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
    oldest: bool = False,
) -> Rows:
    """The messages of `sites` between two ids, both excluded; highest id first, or `oldest` first."""
    c = messages.c
    conditions = [c.id < before_id, c.id > after_id, *_matching(levels, expired)]
    if after_time is not None:
        conditions.append(c.timestamp >= after_time)
    return _merged(sites, *conditions).order_by(sa.asc("id") if oldest else sa.desc("id"))


def by_time(
    sites: Collection[str],
    after_time: int,
    before: tuple[int, int],
    up_to_id: int,
    levels: Collection[str],
    expired: float,
) -> Rows:
    """The messages of `sites` since a time, before a `(timestamp, id)`, up to an id; newest first."""
    c = messages.c
    conditions = [
        c.id <= up_to_id,
        c.timestamp >= after_time,
        c.timestamp <= before[0],  # implied by the next condition, which not every database uses an index for
        sa.tuple_(c.timestamp, c.id) < sa.tuple_(*before),
        *_matching(levels, expired),
    ]
    return _merged(sites, *conditions).order_by(sa.desc("timestamp"), sa.desc("id"))


def _matching(levels: Collection[str], expired: float) -> list[sa.ColumnElement[bool]]:
    conditions = [unexpired(expired)]
    if levels:
        conditions.append(messages.c.log_level.in_(sorted(levels)))
    return conditions


def counts(after_id: int, up_to_id: int, step: int) -> sa.Select[Any]:
    """Rows of `(site, log_level, interval, number, last_id, last_said)` for the messages between two ids.

    They are in the order of `interval`, the time of receipt in `step` seconds of unix time. `last_id` is the
    last of the `number` ids, `last_said` that of those that are no notices.
    """
    c = messages.c
    interval = sa.cast(sa.func.round(c.received_at / step - 0.5), sa.Integer)  # not every SQLite has floor()
    return (
        sa.select(
            c.site,
            c.log_level,
            interval.label("interval"),
            sa.func.count().label("number"),
            sa.func.max(c.id).label("last_id"),
            sa.func.max(sa.case((c.notice.is_(None), c.id))).label("last_said"),
        )
        .where(c.id > after_id, c.id <= up_to_id)
        .group_by(interval, c.site, c.log_level)
        .order_by("interval")
    )


def of_ids(ids: Collection[int]) -> sa.Select[Any]:
    """The messages with the given ids, in id order."""
    return sa.select(*SHOWN).where(messages.c.id.in_(sorted(ids))).order_by(messages.c.id)


def notices(after_id: int, up_to_id: int, limit: int) -> sa.Select[Any]:
    """At most `limit` notices after an id, up to another one, in id order."""
    c = messages.c
    conditions = (c.notice.is_not(None), c.id > after_id, c.id <= up_to_id)
    return sa.select(*SHOWN).where(*conditions).order_by(c.id).limit(limit)


def first_after(site: str, id: int) -> sa.Select[Any]:
    """The first message of a site after an id, notices aside."""
    c = messages.c
    conditions = (c.site == site, c.id > id, c.notice.is_(None))
    return sa.select(*SHOWN).where(*conditions).order_by(c.id).limit(1)


def times_of(ids: Collection[int]) -> sa.Select[Any]:
    """Rows of `(site, timestamp, received_at)` of the messages with the given ids, in id order."""
    c = messages.c
    return sa.select(c.site, c.timestamp, c.received_at).where(c.id.in_(sorted(ids))).order_by(c.id)


def lost(sites: Collection[str], cursor: int, expired: float) -> sa.Select[Any]:
    """Whether messages of `sites` after the cursor have expired, whether deleted yet or not.

    `received_at` never decreases as ids grow, so all messages up to some id have expired, and none after it.
    """
    every = EVERY_SITE in sites
    deleted = sa.select(watermarks.c.site).where(
        watermarks.c.last_id > cursor, sa.true() if every else watermarks.c.site.in_(sorted(sites))
    )
    other = messages.alias()
    last = (
        sa.select(other.c.id)
        .where(~unexpired(expired, other))
        .order_by(other.c.received_at.desc(), other.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    still_there = sa.select(messages.c.id).where(_of(sites), messages.c.id > cursor, messages.c.id <= last)
    return sa.select(sa.or_(deleted.exists(), still_there.exists()).label("lost"))


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
    """`(id, site)` of messages received at or before `expired`."""
    return (
        sa.select(messages.c.id, messages.c.site)
        .where(~unexpired(expired))
        .order_by(messages.c.received_at)
        .limit(limit)
    )


def deletion(ids: Sequence[int]) -> sa.Delete:
    """Delete the messages with the given ids."""
    return sa.delete(messages).where(messages.c.id.in_(ids))


def watermarks_of(sites: Collection[str]) -> sa.Select[Any]:
    """The watermarks of the given sites; sites from which nothing was deleted have none."""
    return sa.select(watermarks.c.site, watermarks.c.last_id).where(watermarks.c.site.in_(sorted(sites)))


insert_watermarks = sa.insert(watermarks)


def set_watermark(site: str, last: int) -> sa.Update:
    """Set a site's watermark to an id."""
    return sa.update(watermarks).where(watermarks.c.site == site).values(last_id=last)
