"""How much memory the long responses may take together, and how they are made."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from tests.support.messages import stored
from userstatus.errors import Busy
from userstatus.live.encodings import http_shape
from userstatus.web import long_responses
from userstatus.web.long_responses import GROUP, OVERHEAD_BYTES, LongResponses, Memory, array

LONG = stored(1, "x" * 10_000)


@pytest.fixture
def responses(monkeypatch: pytest.MonkeyPatch) -> LongResponses:
    """Responses that share 25,000 bytes, and for which nobody waits."""
    monkeypatch.setattr(long_responses, "MAX_WAIT_S", 0)
    monkeypatch.setattr(long_responses, "SHORT_BYTES", 1000)
    found = LongResponses()
    found.memory = Memory(25_000)
    return found


def left(memory: Memory) -> int:
    """The number of bytes that can still be taken."""
    for size in range(25_000, -1, -1):
        try:
            memory.take(size, 0).give_back()
        except Busy:
            continue
        return size
    raise AssertionError


def test_short_responses_take_none_of_the_memory_and_long_ones_have_to_be_given_back(
    responses: LongResponses,
) -> None:
    with Flask("x").test_request_context():
        responses.respond([stored(1)])
        assert left(responses.memory) == 25_000
        first = responses.respond([LONG])
        assert left(responses.memory) == 25_000 - len(first.get_data())
        with pytest.raises(Busy):
            responses.respond([LONG])
        first.close()
        responses.respond([LONG])


def test_a_long_response_reserves_twice_its_text_and_what_comes_with_it(responses: LongResponses) -> None:
    needed = 20_000 + OVERHEAD_BYTES
    with Flask("x").test_request_context():
        responses.memory = Memory(needed - 1)
        with pytest.raises(Busy):
            responses.respond([LONG])
        responses.memory = Memory(needed)
        responses.respond([LONG])


def test_the_response_to_a_head_request_keeps_no_memory(responses: LongResponses) -> None:
    with Flask("x").test_request_context(method="HEAD"):
        responses.respond([LONG])
    assert left(responses.memory) == 25_000


def test_a_response_that_cannot_be_made_gives_its_memory_back(
    responses: LongResponses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_responses, "http_shape", lambda _: object())
    with Flask("x").test_request_context(), pytest.raises(TypeError):
        responses.respond([LONG])
    assert left(responses.memory) == 25_000


@pytest.mark.parametrize("count", [0, 1, GROUP, GROUP + 1, 3 * GROUP])
def test_a_response_lists_every_message_in_order(count: int) -> None:
    messages = [stored(id) for id in range(1, count + 1)]
    with Flask("x").test_request_context():
        response = LongResponses().respond(messages)
    assert response.mimetype == "application/json"
    assert json.loads(response.get_data()) == json.loads(json.dumps([http_shape(each) for each in messages]))


def test_an_array_is_made_of_elements_that_are_json_already() -> None:
    assert b"".join(array([])) == b"[]"
    assert b"".join(array(["1", '"a"', "{}"])) == b'[1,"a",{}]'


def test_memory_that_is_given_back_can_be_taken_again() -> None:
    shared = Memory(100)
    share = shared.take(80, 0)
    with pytest.raises(Busy):
        shared.take(30, 0)
    share.give_back()
    assert shared.take(100, 0).size == 100


def test_a_request_for_nothing_is_granted_even_if_nothing_is_left() -> None:
    shared = Memory(100)
    shared.take(100, 0)
    assert shared.take(0, 0).size == 0


def test_a_share_may_shrink_and_grow_whatever_is_left() -> None:
    shared = Memory(100)
    share = shared.take(100, 0)
    share.resize(40)
    assert shared.take(60, 0).size == 60
    share.resize(70)
    with pytest.raises(Busy):
        shared.take(1, 0)


def test_if_too_many_wait_the_next_one_is_rejected_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_responses, "MAX_WAITING", 0)
    shared = Memory(0)
    with pytest.raises(Busy):
        shared.take(1, 3600)
