"""Reading what a client sends costs time in proportion to its length, as everybody waits for it meanwhile."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from tests.support.growth import ALPHABETS, LINEAR, growth, text
from userstatus.errors import Rejection
from userstatus.live import requests
from userstatus.message import MAX_BODY_BYTES, InvalidMessage, NewMessage, read_messages
from userstatus.web import parameters

NOW = 1_700_000_000.75
LABELS = list(ALPHABETS)


def message(**fields: object) -> Callable[[str], object]:
    """Read a POST in which one field, the one that is None here, is the text."""
    return lambda content: read_messages(
        json.dumps(
            {"site": "tst", "log_message": "x"}
            | {name: content if value is None else value for name, value in fields.items()}
        ).encode(),
        NOW,
    )


def query(name: str, **others: str) -> Callable[[str], object]:
    return lambda content: parameters.read_query({"site": "tst", **others, name: content}, NOW)


READERS: dict[str, Callable[[str], object]] = {
    **{f"POST {name}": message(**{name: None}) for name in NewMessage._fields if name != "message"},
    "POST log_message": message(log_message=None),
    "POST, another field": message(extra=None),
    "POST, its body": lambda content: read_messages(content.encode("utf-8", "surrogatepass"), NOW),
    "POST, its body in UTF-16": lambda content: read_messages(content.encode("utf-16", "surrogatepass"), NOW),
    "POST, a value that is not text": lambda content: read_messages(
        b'{"site":"tst","log_message":%b}' % content.encode("utf-8", "surrogatepass"), NOW
    ),
    "POST, the name of a field": lambda content: read_messages(json.dumps({content: 1}).encode(), NOW),
    **{f"GET {name}": query(name) for name in ("site", "after_time", "after_id", "before_id", "limit")},
    "GET log_level": query("log_level"),
    "GET wait": parameters.read_wait,
    "GET activity": lambda content: parameters.read_summary({"activity": content}),
    "a stream's site": lambda content: requests.read_watch({"site": content}),
    "a stream's after_id": lambda content: requests.read_watch({"site": "tst", "after_id": content}),
    "Last-Event-ID": lambda content: requests.read_watch({"site": "tst"}, content),
    "a list of sites": lambda content: requests.read_sites(list(content)),
    "/ws, a frame": lambda content: requests.read_action(
        content.encode("utf-8", "surrogatepass"), {"newlog"}
    ),
    "/ws, its action": lambda content: requests.read_action(
        json.dumps({"action": content}).encode(), {"newlog"}
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_reading_a_text_costs_time_in_proportion_to_its_length(reader: str) -> None:
    def cost(label: str) -> Callable[[int], float]:
        def measured(length: int) -> float:
            content = text(label, length)
            began = time.thread_time()
            with suppress(Rejection, InvalidMessage):
                READERS[reader](content)
            return time.thread_time() - began

        return measured

    longest = MAX_BODY_BYTES
    lengths = [longest // 256, longest // 64, longest // 16, longest // 4, longest]
    steep = {label: found for label in LABELS if (found := growth(cost(label), lengths, 0.01)) >= LINEAR}
    assert steep == {}


def test_growth_tells_quadratic_from_linear() -> None:
    quadratic = re.compile(r"[0-9]+\.?[0-9]*")

    def cost(length: int) -> float:
        began = time.thread_time()
        quadratic.fullmatch("1" * length + "x")
        return time.thread_time() - began

    assert growth(cost, [2000, 8000], 0.01) >= LINEAR
    assert growth(lambda length: length / 1000, [500, 2000], 0.01) == 4
    assert growth(lambda length: length**2 / 1e9, [500, 2000], 0.01) == 0, "that is nothing to be noticed"
