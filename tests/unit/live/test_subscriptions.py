"""Viewers watch sites, leave them, and catch up with what they missed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.attendance import Attendance
from tests.support.logs import LogInMemory, followed, following
from tests.support.messages import stored
from userstatus.errors import Rejection, Unavailable
from userstatus.live import subscriptions
from userstatus.live.follower import Position
from userstatus.live.requests import MAX_SITES
from userstatus.live.subscriptions import Viewer, poll
from userstatus.message import Cursor
from userstatus.store.expiry import Expiry
from userstatus.web.parameters import read_query


class Watching:
    """A viewer of a log of six messages, of the sites a and b in turn, and what it was sent."""

    def __init__(self, attendance: Attendance):
        self.fanout = attendance.fanout
        self.log, self.follower = followed(self.fanout)
        sid, self.channel = attendance.viewer()
        self.viewer = Viewer(sid, self.fanout, self.follower)

    def seen(self) -> list[int]:
        return [message.id for message in self.channel.found]


@pytest.fixture
def watching(attendance: Attendance) -> Watching:
    return Watching(attendance)


def test_a_viewer_is_told_its_sites_and_the_end_of_the_log(watching: Watching) -> None:
    watching.viewer.watch(["b", "a"])
    assert watching.viewer.status() == {
        "sites": ["a", "b"],
        "last_id": 6,
        "cursor": str(stored(6).cursor),
        "gap": False,
        "replaced": False,
    }
    told = watching.viewer.status(Position(0, gap=True, replaced=True))
    assert (told["gap"], told["replaced"]) == (True, True)


def test_a_viewer_cannot_watch_too_many_sites_together(watching: Watching) -> None:
    sites = [f"s{number}" for number in range(MAX_SITES)]
    watching.viewer.watch(sites)
    watching.viewer.watch(sites[:10])
    with pytest.raises(Rejection, match="send \\*") as rejection:
        watching.viewer.watch(["one-more"])
    assert rejection.value.field == "site"


def test_a_viewer_catches_up_and_then_gets_what_comes(watching: Watching) -> None:
    watching.viewer.catch_up(["a"], 1)
    assert (watching.seen(), watching.viewer.reached) == ([3, 5], 5)
    watching.fanout.deliver([stored(7, site="a")])
    watching.fanout.deliver([stored(8, site="b")])
    assert watching.seen() == [3, 5, 7]
    watching.viewer.leave(["a"])
    watching.fanout.deliver([stored(9, site="a")])
    assert (watching.seen(), watching.viewer.sites()) == ([3, 5, 7], [])


def test_what_comes_while_a_viewer_catches_up_is_sent_once_though_it_watched_before(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    backlog = watching.log.backlog

    def busy(sites: Any, cursor: int, up_to_id: int, limit: int) -> Any:
        found = backlog(sites, cursor, up_to_id, limit)
        if len(watching.log.messages) == 6:
            watching.log.messages.append(stored(7, site="a"))
            watching.follower._read_on()
        return found

    monkeypatch.setattr(watching.log, "backlog", busy)
    watching.viewer.watch(["a"])
    watching.viewer.catch_up(["a"], 1)
    assert watching.seen() == [3, 5, 7]


def test_a_viewer_that_has_gone_is_sent_no_more_of_what_it_missed(watching: Watching) -> None:
    watching.channel.end(1001, "")
    watching.viewer.catch_up(["a"], 0)
    assert (watching.seen(), watching.viewer.sites()) == ([1], [])


def test_a_viewer_resumes_behind_what_it_was_sent_when_the_database_was_away(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "RETRY_S", 0)
    monkeypatch.setattr("userstatus.live.follower.PAGE", 2)
    backlog, asked = watching.log.backlog, list[int]()

    def away_once(sites: Any, cursor: int, up_to_id: int, limit: int) -> Any:
        asked.append(cursor)
        if len(asked) == 2:
            raise Unavailable("away")
        return backlog(sites, cursor, up_to_id, limit)

    monkeypatch.setattr(watching.log, "backlog", away_once)
    position = watching.viewer.resume(["*"], Cursor(0))
    assert watching.seen() == [1, 2, 3, 4, 5, 6]
    assert position == Position(2, gap=False, replaced=False)
    assert asked == [0, 2, 2, 4]


def polled(attendance: Attendance, *messages: Any, **parameters: str) -> Any:
    log = LogInMemory(*messages)
    follower = following(log, attendance.fanout.deliver)
    follower.open()
    query = read_query({"site": "a", **parameters}, now=0)
    return poll(query, 0, cast(Any, log), follower, attendance.fanout)


def test_a_poll_returns_what_is_there_and_the_cursor_up_to_which_that_is_all(
    attendance: Attendance,
) -> None:
    messages = [stored(id, site="a") for id in (1, 2, 3)]
    assert polled(attendance, *messages, after_id="1") == (messages[1:], False, stored(3).cursor)
    assert polled(attendance, *messages, after_id="3") == ([], False, stored(3).cursor)


def test_a_poll_for_the_oldest_is_complete_up_to_the_last_of_them(attendance: Attendance) -> None:
    messages = [stored(id, site="a") for id in (1, 2, 3)]
    log = LogInMemory(*messages)
    log.recent = lambda *_: (messages[1::-1], True)  # type: ignore[method-assign]
    follower = following(log, attendance.fanout.deliver)
    follower.open()
    query = read_query({"site": "a", "order": "oldest", "limit": "2"}, now=0)
    found = poll(query, 0, cast(Any, log), follower, attendance.fanout)
    assert found == (messages[1::-1], True, stored(2).cursor)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("bound", [{"before_id": "4"}, {"received_before": "1000000003.5"}])
def test_nobody_waits_for_what_is_in_the_past(attendance: Attendance, bound: dict[str, str]) -> None:
    log = LogInMemory(*(stored(id, site="a") for id in (1, 2, 3)))
    follower = following(log, attendance.fanout.deliver)
    follower.open()
    reader = SimpleNamespace(end=log.end, recent=log.recent, expiry=Expiry(60, lambda: 1e9 + 4))
    query = read_query({"site": "a", "log_level": "critical", **bound}, now=0)
    assert poll(query, 60, cast(Any, reader), follower, attendance.fanout) == ([], False, stored(3).cursor)


def test_a_poll_leaves_nothing_behind(attendance: Attendance) -> None:
    polled(attendance)
    assert attendance.fanout.channels() == []
    assert attendance.fanout.load() == (0, 0)
