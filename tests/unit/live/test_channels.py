"""Channels: a message is written at once, or waits in order and within a bound."""

from __future__ import annotations

import time
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.connections import everything, pair, received
from tests.support.messages import stored
from userstatus import green
from userstatus.fanout import Outbox
from userstatus.lanes import BEHIND, Emission, FastLane, StreamLane, WaitingLane
from userstatus.parameters import read_query

LARGE = b"a" * 500_000  # more than the kernel takes
BOUND = 1_000_000


def farewell(code: int, reason: str) -> bytes:
    return f"[{code} {reason}]".encode()


def stream(connection: Any, bound: int = BOUND) -> StreamLane:
    return StreamLane(connection, bound, attrgetter("websocket"), farewell)


def test_what_fits_into_the_socket_is_sent_at_once() -> None:
    with pair() as (ours, theirs):
        lane, emission = stream(ours), Emission(stored(1))
        lane.take(emission)
        assert lane.size == 0
        assert received(theirs, len(emission.websocket)) == emission.websocket


def test_what_does_not_fit_waits_and_follows_in_order() -> None:
    with pair() as (ours, theirs):
        lane = stream(ours)
        lane.write(LARGE)
        for piece in (b"b", b"c", b"d"):
            lane.write(piece)
        assert lane.size > 400_000
        assert received(theirs, len(LARGE) + 3) == LARGE + b"bcd"
        green.spawn(lambda: None).wait()
        assert (lane.size, lane.open) == (0, True)


def test_a_viewer_that_lets_too_much_wait_gets_what_has_begun_and_is_told_why() -> None:
    with pair() as (ours, theirs):
        lane = stream(ours)
        for _ in range(3):
            lane.write(LARGE)
        assert (lane.open, lane.size) == (False, 0)
        lane.write(b"too late")
        assert everything(theirs) == LARGE + farewell(
            BEHIND, "too much waits to be read: resume with after_id"
        )


def test_an_end_comes_after_all_that_waits() -> None:
    with pair() as (ours, theirs):
        lane = stream(ours)
        lane.write(LARGE)
        lane.end(1001, "the server stops")
        lane.end(1001, "twice")
        assert not lane.open
        assert everything(theirs) == LARGE + b"[1001 the server stops]"


def test_a_viewer_of_too_much_that_reads_is_told_so() -> None:
    with pair() as (ours, theirs):
        stream(ours).cut_off()
        assert b"too many are watching too much" in everything(theirs)


def test_nothing_is_written_to_a_viewer_that_has_gone() -> None:
    with pair() as (ours, theirs):
        lane = stream(ours)
        theirs.close()
        lane.write(b"x")
        assert not lane.open


def waiting(bound: int = 1000, **parameters: str) -> WaitingLane:
    return WaitingLane(read_query({"site": "tst", **parameters}, now=0), bound)


def texts(lane: WaitingLane) -> list[str]:
    return [message.message for message in lane.found]


def test_a_request_wakes_for_the_first_message_that_it_asks_for() -> None:
    lane = waiting(log_level="error")
    lane.take(Emission(stored(1)))
    assert not lane.came.is_set()
    lane.take(Emission(stored(2, "bad", log_level="error")))
    assert (lane.came.is_set(), texts(lane)) == (True, ["bad"])


def test_of_more_than_it_asks_for_it_gets_the_newest_and_is_told() -> None:
    lane = waiting(limit="2")
    for id in (1, 2):
        lane.take(Emission(stored(id, str(id))))
    assert (texts(lane), lane.truncated) == (["1", "2"], False)
    lane.take(Emission(stored(3, "3")))
    assert (texts(lane), lane.truncated) == (["2", "3"], True)


def test_no_more_characters_wait_than_an_answer_may_have() -> None:
    lane = waiting(bound=10)
    for id, text in enumerate(("123456", "1234", "56789"), 1):
        lane.take(Emission(stored(id, text)))
    assert (texts(lane), lane.truncated) == (["1234", "56789"], True)


def test_what_the_database_is_asked_for_is_not_kept_twice() -> None:
    lane = waiting(limit="1")
    for id in (1, 2):
        lane.take(Emission(stored(id)))
    lane.begin(through=2)
    assert (texts(lane), lane.truncated, lane.came.is_set()) == ([], False, False)
    lane.take(Emission(stored(3)))
    assert [message.id for message in lane.found] == [3]


def test_a_request_is_answered_with_what_there_is_when_the_server_stops() -> None:
    lane = waiting()
    lane.end(1001, "")
    lane.begin(through=0)
    assert (lane.open, lane.came.is_set()) == (False, True)


class LibrarysViewer(SimpleNamespace):
    """As much of Engine.IO's socket as a channel looks at."""

    def __init__(self) -> None:
        super().__init__(queue=Outbox(), upgraded=True, closed=False)

    def send(self, packet: Any) -> None:
        self.queue.put(packet)


def fast(connection: Any) -> tuple[FastLane, LibrarysViewer]:
    viewer = LibrarysViewer()
    return FastLane(viewer, BOUND, SimpleNamespace(socket=connection, lock=green.Semaphore())), viewer


def test_a_socketio_message_is_written_past_an_empty_queue() -> None:
    with pair() as (ours, theirs):
        lane, viewer = fast(ours)
        emission = Emission(stored(1))
        lane.take(emission)
        assert received(theirs, len(emission.socketio)) == emission.socketio
        assert viewer.queue.empty()


def test_a_socketio_message_queues_behind_what_waits_or_is_being_written() -> None:
    with pair() as (ours, _):
        lane, viewer = fast(ours)
        viewer.send(Emission(stored(1)).packet)
        lane.take(Emission(stored(2)))
        assert viewer.queue.qsize() == 2
        other, writing = fast(ours)
        with other.lock:
            other.take(Emission(stored(3)))
        assert writing.queue.qsize() == 1


def test_the_rest_of_a_frame_is_written_before_anything_else() -> None:
    with pair() as (ours, theirs):
        lane, viewer = fast(ours)
        large = Emission(stored(1, "x" * 500_000))
        lane.take(large)
        assert lane.lock.balance == 0
        lane.take(Emission(stored(2)))
        assert viewer.queue.qsize() == 1
        assert received(theirs, len(large.socketio)) == large.socketio
        deadline = time.monotonic() + 5
        while lane.lock.balance < 1:
            assert time.monotonic() < deadline
            green.spawn(lambda: None).wait()


@pytest.mark.parametrize("closed", [True, False])
def test_a_viewer_is_open_until_the_library_closes_it(closed: bool) -> None:
    with pair() as (ours, _):
        lane, viewer = fast(ours)
        viewer.closed = closed
        assert lane.open is not closed
