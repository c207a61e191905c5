"""The queue of a Socket.IO viewer's packets: counted in bytes, and taken in portions that a client takes."""

from __future__ import annotations

from queue import Empty
from typing import Any

import pytest
from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket

from tests.support.greenlets import others_run, run_until
from userstatus import eventloop
from userstatus.live import outbox as module
from userstatus.live.channels import OVERHEAD_BYTES
from userstatus.live.outbox import Outbox


def packet(text: str) -> Any:
    return EnginePacket(MESSAGE, text)


def filled(*texts: str) -> Outbox:
    found = Outbox()
    for text in texts:
        found.put(packet(text))
    return found


def test_it_is_known_how_much_waits() -> None:
    outbox = filled("x" * 50, "x" * 150)
    assert outbox.size == 200 + 2 * OVERHEAD_BYTES
    outbox.get()
    assert outbox.size == 150 + OVERHEAD_BYTES
    outbox.clear()
    assert (outbox.size, outbox.qsize()) == (0, 0)


@pytest.mark.parametrize("item", [None, EnginePacket(MESSAGE), EnginePacket(MESSAGE, {"a": 1})])
def test_what_has_no_text_counts_as_overhead(item: Any) -> None:
    outbox = Outbox()
    outbox.put(item)
    assert outbox.size == OVERHEAD_BYTES


def test_a_response_to_a_viewer_that_polls_has_so_many_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PACKETS", 2)
    outbox = filled("0", "1", "2")
    assert [outbox.get().data, outbox.get(block=False).data] == ["0", "1"]
    with pytest.raises(Empty):
        outbox.get(block=False)
    assert outbox.get().data == "2"


def test_no_packet_is_added_to_a_response_that_has_its_share_of_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 2 * OVERHEAD_BYTES)
    outbox = filled("", "x", "x", "x")
    taken = [outbox.get(), outbox.get(block=False)]
    with pytest.raises(Empty):
        outbox.get(block=False)
    assert [each.data for each in taken] == ["", "x"]
    assert [outbox.get().data, outbox.get(block=False).data] == ["x", "x"]


def test_whoever_waits_gets_the_next_packet_and_of_several_the_first() -> None:
    outbox, taken = Outbox(), list[str]()
    for name in ("first", "second"):
        eventloop.spawn(lambda name: taken.append(f"{name} {outbox.get(timeout=10).data}"), name)
    others_run()
    outbox.put(packet("0"))
    outbox.put(packet("1"))
    run_until(lambda: len(taken) == 2)
    assert taken == ["first 0", "second 1"]


def test_it_is_known_how_many_wait_until_they_have_taken_what_they_waited_for() -> None:
    outbox = Outbox()
    eventloop.spawn(outbox.get)
    others_run()
    assert outbox.pollers == 1
    outbox.put(packet("0"))
    assert outbox.pollers == 1
    run_until(lambda: outbox.qsize() == 0)
    assert outbox.pollers == 0


def test_nobody_waits_for_ever() -> None:
    outbox = Outbox()
    with pytest.raises(Empty):
        outbox.get(timeout=0.01)
    outbox.put(packet("later"))
    assert outbox.get().data == "later"


def test_everything_can_be_taken_at_once() -> None:
    outbox = filled("0", "1")
    assert [each.data for each in outbox.drain()] == ["0", "1"]
    assert (outbox.size, outbox.qsize()) == (0, 0)


def test_nobody_waits_until_a_viewer_that_is_being_closed_has_read_all() -> None:
    filled("never read").join()
