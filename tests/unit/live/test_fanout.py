"""Fan-out: a message goes to everybody who watches its site, once, and nobody stays who has left."""

from __future__ import annotations

from typing import Any

import pytest
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket

from tests.support.attendance import Attendance
from tests.support.messages import stored
from userstatus import fanout as module
from userstatus import green
from userstatus.fanout import NAMESPACE, Fanout, Outbox
from userstatus.lanes import OVERHEAD, WaitingLane


def ids(lane: WaitingLane) -> list[int]:
    return [message.id for message in lane.found]


def test_a_message_goes_to_who_watches_its_site_or_every_one_and_to_nobody_else(
    attendance: Attendance,
) -> None:
    watching = (["a"], ["b"], ["*"], ["a", "*"])
    lanes = [attendance.viewer(*sites)[1] for sites in watching]
    attendance.fanout.deliver(stored(1, site="a"))
    attendance.fanout.deliver(stored(2, site="b"))
    assert [ids(lane) for lane in lanes] == [[1], [2], [1, 2], [1, 2]]


def test_what_one_viewer_missed_goes_to_it_alone(attendance: Attendance) -> None:
    (sid, one), (_, other) = attendance.viewer("a"), attendance.viewer("a")
    attendance.fanout.deliver_to(sid, stored(1, site="a"))
    assert (ids(one), ids(other)) == ([1], [])


def test_who_has_left_a_site_gets_no_more_of_it(attendance: Attendance) -> None:
    sid, lane = attendance.viewer("a", "b")
    attendance.fanout.basic_leave_room(sid, NAMESPACE, "a")
    attendance.fanout.deliver(stored(1, site="a"))
    attendance.fanout.deliver(stored(2, site="b"))
    assert ids(lane) == [2]
    assert sorted(attendance.fanout.get_rooms(sid, NAMESPACE)) == sorted([sid, "b"])


def test_a_viewer_that_leaves_is_forgotten(fanout: Fanout) -> None:
    attendance = Attendance(fanout)
    with attendance.stack:
        sid, _ = attendance.viewer("a", "*")
        assert fanout.is_here(sid)
        assert fanout.load() == (0, 2 + 1)  # the room of all viewers is counted with theirs
    assert not fanout.is_here(sid)
    assert (fanout.lanes, fanout.load(), list(fanout.get_participants(NAMESPACE, "a"))) == ({}, (0, 0), [])
    assert fanout.rooms.get(NAMESPACE, {}) == {}


def test_who_comes_while_the_server_stops_is_told_so_at_once(attendance: Attendance) -> None:
    _, before = attendance.viewer("a")
    attendance.fanout.answer_those_who_wait()
    _, after = attendance.viewer("a")
    assert [(lane.open, lane.came.is_set()) for lane in (before, after)] == [(False, True)] * 2


def test_all_are_disconnected_when_the_log_is_another_one(attendance: Attendance) -> None:
    lanes = [attendance.viewer("a")[1] for _ in range(3)]
    attendance.fanout.disconnect_all(1012, "resume")
    assert [lane.open for lane in lanes] == [False] * 3


def packet(text: str) -> Any:
    return EnginePacket(MESSAGE, text)


def test_an_outbox_knows_how_much_waits() -> None:
    outbox = Outbox()
    outbox.put(packet("x" * 50))
    outbox.put(packet("x" * 150))
    assert outbox.size == 200 + 2 * OVERHEAD
    outbox.get()
    assert outbox.size == 150 + OVERHEAD
    outbox.clear()
    assert (outbox.size, outbox.qsize()) == (0, 0)


def test_an_outbox_with_too_much_in_it_takes_no_more() -> None:
    overflows: list[int] = []
    outbox = Outbox()
    outbox.bound, outbox.overflow = 1000, lambda: overflows.append(outbox.qsize())
    for _ in range(3):
        outbox.put(packet("x" * 1000))
    outbox.put(None)
    assert (overflows, outbox.qsize()) == ([1, 1], 2), "but for the end"


def test_an_answer_to_a_viewer_that_polls_has_so_many_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_TOGETHER", 2)
    outbox = Outbox()
    for number in range(3):
        outbox.put(packet(str(number)))
    assert [outbox.get().data, outbox.get(block=False).data] == ["0", "1"]
    with pytest.raises(green.Empty):
        outbox.get(block=False)
    assert outbox.get().data == "2"
