"""Reading the log page by page."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.canned import Canned, Request, answering
from userstatus.commands import log_pages
from userstatus.commands.http_reader import RequestFailed, Server


def page(*ids: int, cut: bool = False) -> Canned:
    fields = {"site": "tst", "message": "x", "log_level": "info", "timestamp": 1, "received_at": 1.5}
    content = json.dumps([{"id": id, "cursor": f"{id}-1", **fields} for id in ids]).encode()
    cursor = ("X-Cursor", f"{max(ids, default=0)}-1")
    return Canned(200, content, (cursor, ("X-Truncated", "true")) if cut else (cursor,))


def test_a_period_is_read_to_its_end_in_the_order_of_receipt() -> None:
    answers = [page(3, 1, cut=True), Canned(503, b"{}", (("Retry-After", "0"),)), page(5, 4)]
    asked: list[dict[str, list[str]]] = []

    def respond(request: Request) -> Canned:
        asked.append(parse_qs(urlsplit(request.path).query))
        return answers[len(asked) - 1]

    with answering(respond) as url:
        found = list(log_pages.since(Server(url), "tst", ["error", "critical"], 100.5))
    assert [[message["id"] for message in each.messages] for each in found] == [[1, 3], [4, 5]]
    assert found[-1].cursor == "5-1"
    assert asked[0] == {
        "site": ["tst"],
        "log_level": ["error,critical"],
        "received_after": ["100.500000"],
        "order": ["oldest"],
    }
    assert asked[2]["after_id"] == ["3-1"]


def test_the_last_messages_are_one_page() -> None:
    with answering(lambda _: page(8, 7, cut=True)) as url:
        found = log_pages.last(Server(url), "tst", ["info"], 2)
    assert [message["id"] for message in found.messages] == [7, 8]


@pytest.mark.parametrize("content", [b"{}", b"[1]", b'[{"id": 1}]'])
def test_what_are_no_messages_come_from_no_userstatus(content: bytes) -> None:
    with (
        answering(lambda _: Canned(200, content)) as url,
        pytest.raises(RequestFailed, match="check the URL"),
    ):
        log_pages.last(Server(url), "tst", ["info"], 2)


def test_a_level_stands_for_the_worse_ones_too() -> None:
    assert log_pages.at_least("warning") == ("warning", "error", "critical")
