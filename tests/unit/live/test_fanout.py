"""Fan-out: a message goes to everyone who watches its site, once, and nobody stays who has left."""

from __future__ import annotations

import pytest

from tests.support.attendance import Attendance
from tests.support.messages import stored
from userstatus.live import fanout as module
from userstatus.live.channels import WaitingChannel
from userstatus.live.encodings import EncodedMessages
from userstatus.live.fanout import Fanout
from userstatus.web.parameters import read_query


def ids(channel: WaitingChannel) -> list[int]:
    return [message.id for message in channel.found]


def test_a_message_goes_to_whoever_watches_its_site_or_every_one_and_to_nobody_else(
    attendance: Attendance,
) -> None:
    watching = (["a"], ["b"], ["*"], ["a", "*"])
    channels = [attendance.viewer(*sites)[1] for sites in watching]
    attendance.fanout.deliver([stored(1, site="a")])
    attendance.fanout.deliver([stored(2, site="b")])
    assert [ids(channel) for channel in channels] == [[1], [2], [1, 2], [1, 2]]


def test_several_messages_reach_each_viewer_as_one_piece_with_those_that_it_watches(
    attendance: Attendance,
) -> None:
    pieces: list[EncodedMessages] = []

    class Recording(WaitingChannel):
        def take_all(self, messages: EncodedMessages) -> None:
            pieces.append(messages)
            super().take_all(messages)

    channels = [Recording(read_query({"site": "*", "after_id": "0"}, now=0), 1000) for _ in range(4)]
    for channel, sites in zip(channels, (["a"], ["a"], ["*"], ["b", "c"]), strict=True):
        attendance.on(channel, *sites)
    attendance.fanout.deliver([stored(id, site=site) for id, site in enumerate("abab", start=1)])
    assert [ids(channel) for channel in channels] == [[1, 3], [1, 3], [1, 2, 3, 4], [2, 4]]
    assert pieces[0] is pieces[1], "it is made once for those who watch the same"
    assert len(pieces) == 4


def test_what_one_viewer_missed_goes_to_it_alone(attendance: Attendance) -> None:
    (sid, one), (_, other) = attendance.viewer("a"), attendance.viewer("a")
    attendance.fanout.deliver_to(sid, [stored(1, site="a")])
    assert (ids(one), ids(other)) == ([1], [])


def test_whoever_has_left_a_site_gets_no_more_of_it(attendance: Attendance) -> None:
    sid, channel = attendance.viewer("a", "b")
    attendance.fanout.leave(sid, ["a"])
    attendance.fanout.deliver([stored(1, site="a")])
    attendance.fanout.deliver([stored(2, site="b")])
    assert ids(channel) == [2]
    assert attendance.fanout.sites_of(sid) == ["b"]


def test_a_viewer_that_leaves_is_forgotten(fanout: Fanout) -> None:
    attendance = Attendance(fanout)
    with attendance.stack:
        sid, _ = attendance.viewer("a", "*")
        assert fanout.is_here(sid)
        assert fanout.load() == (0, 2)
    assert not fanout.is_here(sid)
    assert (fanout.channels(), fanout.load(), list(fanout.rooms.members(["a"]))) == ([], (0, 0), [])
    assert list(fanout.rooms.members()) == []


class Filled(WaitingChannel):
    """One in whose buffer as much waits as the test says."""

    size = 0


def test_a_viewer_is_given_more_only_while_less_than_half_of_its_bound_waits(attendance: Attendance) -> None:
    channel = Filled(read_query({"site": "*"}, now=0), 1000)
    sid = attendance.on(channel)
    for channel.size, has_room in ((0, True), (499, True), (500, False)):
        assert attendance.fanout.has_room(sid) is has_room
    channel.end(1001, "")
    assert attendance.fanout.has_room(sid), "nothing has to wait for a viewer that has gone"
    assert attendance.fanout.has_room("nobody")


def test_the_sites_of_each_viewer_are_counted_with_its_channel(attendance: Attendance) -> None:
    (_, one), (_, two) = attendance.viewer("a"), attendance.viewer("a", "b", "*")
    assert sorted(attendance.fanout.subscriptions(), key=lambda each: each[0]) == [(1, one), (3, two)]


def test_whoever_comes_while_the_server_stops_is_told_so_at_once(attendance: Attendance) -> None:
    _, before = attendance.viewer("a")
    attendance.fanout.respond_to_waiting()
    _, after = attendance.viewer("a")
    assert [(channel.open, channel.arrived.is_set()) for channel in (before, after)] == [(False, True)] * 2


def test_everybody_is_disconnected_when_the_log_is_another_one(attendance: Attendance) -> None:
    channels = [attendance.viewer("a")[1] for _ in range(3)]
    attendance.fanout.disconnect_all(1012, "resume")
    assert [channel.open for channel in channels] == [False] * 3


def test_a_goodbye_waits_for_those_who_take_it_but_not_for_ever(
    attendance: Attendance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_CLOSE_S", 0.05)
    _, channel = attendance.viewer("a")
    attendance.fanout.close_all()
    assert (channel.open, attendance.fanout.ending) == (False, True)
    attendance.stack.close()
    monkeypatch.setattr(module, "MAX_CLOSE_S", 3600)
    attendance.fanout.close_all()
