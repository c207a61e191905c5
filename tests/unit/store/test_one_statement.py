"""What one statement appends: repeated uuids, and what became of an append that was not confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.messages import message
from userstatus.message import Message, NewMessage
from userstatus.store.one_statement import look_up, without_repetitions

NOW, LATER = 1_700_000_000.000005, 0.000002


class Log:
    """A connection to a log with these messages, and the uuids of some."""

    def __init__(self, *messages: Message):
        self.messages = messages

    def execute(self, *_: object) -> Any:
        return self

    def all(self) -> Any:
        return self.messages


def as_stored(message: NewMessage, id: int, received_at: float = NOW) -> Message:
    return message.received(id, received_at)


def test_a_uuid_is_sent_once_and_its_repetitions_get_its_place() -> None:
    one, two, other = message("a", uuid="1"), message("b", timestamp=5), message("c", site="other", uuid="1")
    firsts, places = without_repetitions([one, two, one, other, two])
    assert firsts == [one, two, other, two]
    assert places == [0, 1, 0, 2, 3]


@pytest.mark.parametrize(
    ("log", "ids"),
    [
        ([], None),
        ([as_stored(message("a", timestamp=5), 7), as_stored(message("b", timestamp=5), 8)], [7, 8]),
        ([as_stored(message("a", timestamp=5), 7)], None),
        (
            [
                as_stored(message("a", timestamp=5), 7, NOW + 1),
                as_stored(message("b", timestamp=5), 8, NOW + 1),
            ],
            None,
        ),
        (
            [as_stored(message("x"), 6, NOW + 1)]
            + [
                as_stored(message(text, timestamp=5), id, NOW + 1 + LATER)
                for id, text in ((7, "a"), (8, "b"))
            ],
            [7, 8],
        ),
    ],
    ids=["nothing", "all", "another's beginning", "another's, later", "later, as the clock was behind"],
)
def test_an_append_is_known_by_its_messages_and_their_time(log: list[Message], ids: Any) -> None:
    connection: Any = Log(*log)
    found = look_up(connection, [message("a", timestamp=5), message("b", timestamp=5)], {}, NOW, LATER)
    assert (found and found.ids) == ids
    assert found is None or found.new == [each for each in log if each.id in ids]


def test_a_message_whose_uuid_was_known_is_not_looked_for() -> None:
    given = [message("old", uuid="1"), message("new", uuid="2"), message("plain"), message("old", uuid="1")]
    connection: Any = Log(as_stored(given[1], 8), as_stored(given[2], 9))
    known: dict[tuple[str, str | None], int] = {("tst", "1"): 3, ("tst", "2"): 8}
    found = look_up(connection, given, known, NOW, LATER)
    assert found is not None
    assert (found.ids, [each.id for each in found.new]) == ([3, 8, 9, 3], [8, 9])
    assert look_up(connection, given[:1], known, NOW, LATER) == ([3], [], (0, None))
