"""Appending to Postgres in one round trip: a statement that takes ids, stores messages and notifies.

Nobody else can append from when the sequence is locked until the commit. With several statements in a
transaction, all other processes would wait while this one has something else to do before it sends the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from operator import attrgetter

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from userstatus.errors import Unavailable
from userstatus.message import MAX_ID, Cursor, Message, NewMessage
from userstatus.store.database import Appended
from userstatus.store.durability import durably
from userstatus.store.queries import SHOWN, as_messages
from userstatus.store.tables import messages, sequence

SAME_S = 1.5e-6  # between two times that may have been rounded to different microseconds

TYPES = {"timestamp": sa.BigInteger(), "next_within": sa.Integer()}  # all other fields are text

clock = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()), sa.Double)
"""The server's own time, in unix seconds."""

_given = (
    sa.func.json_to_recordset(sa.bindparam("messages", type_=sa.JSON))
    .table_valued(
        sa.column("number", sa.Integer()),
        *(sa.column(name, TYPES.get(name, sa.Text())) for name in NewMessage._fields),
    )
    .render_derived("given", with_types=True)
)
_same_uuid = (
    sa.select(messages.c.id)
    .where(messages.c.site == _given.c.site, messages.c.uuid == _given.c.uuid)
    .limit(sa.literal_column("1"))
    .lateral("same_uuid")
)
_checked = (
    sa.select(_given, _same_uuid.c.id.label("known")).outerjoin_from(_given, _same_uuid, sa.true())
).cte("checked")
_is_new = _checked.c.known.is_(None)

_before = sa.select(sequence).with_for_update().cte("before")
_now = sa.bindparam("now", type_=sa.Double)
_later = sa.bindparam("later", type_=sa.Double)
_received_at = sa.case((_before.c.received_at < _now, _now), else_=_before.c.received_at + _later)
_in_time = clock < sa.bindparam("until", type_=sa.Double)
_taken = (
    sa.update(sequence)
    .where(sequence.c.id == _before.c.id, sa.select(_checked.c.number).where(_is_new).exists(), _in_time)
    .values(
        last_id=_before.c.last_id
        + sa.select(sa.func.count()).select_from(_checked).where(_is_new).scalar_subquery(),
        received_at=sa.func.round(_received_at * 1e6, type_=sa.Double) / 1e6,
    )
    .returning(
        _before.c.last_id.label("before_id"),
        _before.c.received_at.label("before_at"),
        sequence.c.received_at,
    )
).cte("taken")
_stored = (
    sa.insert(messages).from_select(
        ["id", "received_at", *NewMessage._fields],
        sa.select(
            _taken.c.before_id + sa.func.row_number().over(order_by=_checked.c.number),
            _taken.c.received_at,
            *(_checked.c[name] for name in NewMessage._fields),
        )
        .select_from(_checked.join(_taken, sa.true()))
        .where(_is_new),
    )
).cte("stored")
_known = sa.select(sa.func.array_agg(aggregate_order_by(_checked.c.known, _checked.c.number)))
_once = sa.select(sa.literal_column("1").label("once")).subquery("once")

append = (
    sa.select(
        _taken.c.before_id,
        _taken.c.before_at,
        _taken.c.received_at,
        _known.scalar_subquery().label("known"),
        clock.label("clock"),
        durably,
        sa.func.pg_notify(sa.bindparam("channel", type_=sa.Text), sa.literal_column("''")),
    )
    .select_from(_once.outerjoin(_taken, sa.true()))
    .add_cte(_stored)
)
"""Stores `messages`, a JSON array, except for those whose uuid is known already. What is known may be older
than the lock: the unique index rejects all of them if another process has stored one of them meanwhile.

Returns one row: the last id and its time of receipt `before` the new messages, and the time of their own, or
nulls if none is new, or if it is executed only after the time `until`; for each message the id that is known;
and the server's time."""

received_since = (
    sa.select(*SHOWN, messages.c.uuid)
    .where(messages.c.received_at >= _now)
    .order_by(messages.c.received_at, messages.c.id)
)


class TooLate(Unavailable):
    """By its own clock, the server has got a statement when nobody waited any more. Nothing was stored."""

    def __init__(self, clock: float):
        super().__init__("the database got it too late")
        self.clock = clock


def execute(
    connection: sa.Connection, given: Sequence[NewMessage], parameters: Mapping[str, float | str]
) -> tuple[Appended, float]:
    """Store messages, except for known ones; returns the server's time as well.

    Raises IntegrityError if one has become known meanwhile, and TooLate.
    """
    firsts, places = without_repetitions(given)
    rows = [
        {**each._asdict(), "notice": each.notice and each.notice.as_text(), "number": number}
        for number, each in enumerate(firsts)
    ]
    row = connection.execute(append, {**parameters, "messages": rows}).one()
    if row.before_id is None and None in row.known:
        raise TooLate(row.clock)
    ids: list[int] = []
    new: list[Message] = []
    for each, known in zip(firsts, row.known, strict=True):
        if known is None:
            new.append(each.received(row.before_id + len(new) + 1, row.received_at))
        ids.append(new[-1].id if known is None else known)
    before = Cursor.of(row.before_id, row.before_at) if new else Cursor(0)
    return Appended([ids[place] for place in places], new, before), row.clock


def without_repetitions(given: Sequence[NewMessage]) -> tuple[list[NewMessage], list[int]]:
    """The messages without those that repeat a uuid of their site, and each one's place in that list."""
    firsts: list[NewMessage] = []
    places: list[int] = []
    place_of: dict[tuple[str, str], int] = {}
    for message in given:
        place = len(firsts)
        if message.uuid is not None:
            place = place_of.setdefault((message.site, message.uuid), place)
        if place == len(firsts):
            firsts.append(message)
        places.append(place)
    return firsts, places


def look_up(
    connection: sa.Connection,
    given: Sequence[NewMessage],
    known: Mapping[tuple[str, str | None], int],
    now: float,
    later: float,
) -> Appended | None:
    """What became of an append that was not confirmed; None if nothing was stored, and never will be.

    The sequence must be locked, and `known` has the ids of the uuids. All messages of an append have the same
    time of receipt, to the microsecond, which tells them from equal ones that another process has stored.
    """
    before = now
    rows = connection.execute(received_since, {"now": now}).all()
    for received_at, group in itertools.groupby(rows, attrgetter("received_at")):
        if received_at == now or abs(received_at - before - later) < SAME_S:
            found = _compared(given, known, as_messages(group))
            if found is not None:
                return found
        before = received_at
    return _compared(given, known, [])


def _compared(
    given: Sequence[NewMessage], known: Mapping[tuple[str, str | None], int], stored: list[Message]
) -> Appended | None:
    """What has been appended, if exactly these messages are those of the given ones that were new."""
    firsts, places = without_repetitions(given)
    first_id = stored[0].id if stored else MAX_ID
    ids = [known.get((each.site, each.uuid), first_id) for each in firsts]
    expected = [each for each, id in zip(firsts, ids, strict=True) if id >= first_id]
    if [
        each.received(was.id, was.received_at) for each, was in zip(expected, stored, strict=False)
    ] != stored:
        return None
    if len(expected) != len(stored):
        return None
    left = iter(stored)
    ids = [next(left).id if id >= first_id else id for id in ids]
    return Appended([ids[place] for place in places], stored, Cursor(0))
