"""The way in for a message: read, store, respond."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

import pytest

from tests.support.doors import SECRET, access
from tests.support.environs import ID, newlog
from userstatus import eventloop
from userstatus.duty.config import NOTHING
from userstatus.duty.duty import Duty
from userstatus.errors import Rejection, Unavailable
from userstatus.settings import Limit
from userstatus.web.ingest import LONG_BYTES, Ingest, Sender
from userstatus.web.limits import Limits

NOW = 1_700_000_000.5
SENDER = Sender("192.0.2.7", None, "id-7")


class Journal:
    def __init__(self) -> None:
        self.messages: list[Any] = []

    def append(self, messages: list[Any]) -> list[int]:
        first = len(self.messages) + 1
        self.messages += messages
        return list(range(first, len(self.messages) + 1))


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
def ingest(journal: Journal) -> Ingest:
    return Ingest(cast(Any, journal), access(), Limits(None, None), Duty(NOTHING), clock=lambda: NOW)


def test_a_message_is_stored_and_its_id_is_the_response(ingest: Ingest, journal: Journal) -> None:
    assert ingest.post(newlog({"site": "TST", "log_message": "x"})) == {"id": 1, "warnings": []}
    assert [(each.site, each.message) for each in journal.messages] == [("tst", "x")]


def test_a_message_without_a_time_is_of_now(ingest: Ingest, journal: Journal) -> None:
    ingest.post(newlog({"site": "tst", "log_message": "x"}))
    assert [each.timestamp for each in journal.messages] == [int(NOW)]


def test_the_response_to_an_array_has_the_ids_and_what_was_corrected(ingest: Ingest) -> None:
    messages = [{"site": "a", "log_message": "x"}, {"site": "b", "log_message": "x", "log_level": "loud"}]
    response = ingest.post(newlog(messages))
    assert response["ids"] == [1, 2]
    assert response["warnings"][0].startswith("message 1: log_level")


def test_of_an_array_with_one_invalid_message_nothing_is_stored(ingest: Ingest, journal: Journal) -> None:
    with pytest.raises(Rejection, match="message 1: log_message is missing") as rejection:
        ingest.post(newlog([{"site": "a", "log_message": "x"}, {"site": "a"}]))
    assert (rejection.value.status, rejection.value.field) == (400, "log_message")
    assert journal.messages == []


def test_the_sender_of_a_form_is_told_what_to_send(ingest: Ingest, journal: Journal) -> None:
    asked = newlog(b"site=tst", CONTENT_TYPE="application/x-www-form-urlencoded")
    with pytest.raises(Rejection, match="the body is a form"):
        ingest.post(asked)
    assert journal.messages == []


@pytest.mark.parametrize(("size", "yielded"), [(LONG_BYTES, 0), (LONG_BYTES + 1, 1)])
def test_only_who_sends_much_at_once_waits_for_others(
    ingest: Ingest, monkeypatch: pytest.MonkeyPatch, size: int, yielded: int
) -> None:
    yields: list[bool] = []
    monkeypatch.setattr(eventloop, "yield_if_due", lambda: yields.append(True))
    ingest.post(newlog(json.dumps({"site": "tst", "log_message": "x"}).encode().ljust(size)))
    assert len(yields) == yielded


def test_a_message_over_a_websocket_goes_the_same_way(ingest: Ingest, journal: Journal) -> None:
    response = ingest.send({"site": "TST", "log_message": "x", "log_level": "loud"}, SENDER)
    assert (response["id"], len(response["warnings"])) == (1, 1)
    assert [(each.site, each.timestamp) for each in journal.messages] == [("tst", int(NOW))]
    with pytest.raises(Rejection, match="site is missing") as rejection:
        ingest.send({"log_message": "x"}, SENDER)
    assert (rejection.value.status, rejection.value.field) == (400, "site")


def test_who_sends_what_has_to_be_corrected_is_in_the_log(
    ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        ingest.send({"site": "tst", "log_message": "x"}, SENDER)
        assert caplog.messages == []
        ingest.send({"site": "tst", "log_message": "x", "log_level": "loud"}, SENDER)
    (line,) = caplog.messages
    assert "192.0.2.7 posted in 1 places" in line
    assert "log_level" in line


def test_that_nothing_can_be_stored_reaches_the_client(
    ingest: Ingest, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_messages: list[Any]) -> list[int]:
        raise Unavailable("the disk is full")

    monkeypatch.setattr(journal, "append", away)
    ingest.limits = Limits(Limit(1, 3600), None)
    for _ in range(3):  # and the limits do not count it
        with pytest.raises(Unavailable):
            ingest.post(newlog({"site": "tst", "log_message": "x"}))


def test_a_sender_is_an_address_and_the_secret_of_a_key_but_not_one_in_a_cookie() -> None:
    cookie = f"userstatus_key={SECRET}"
    assert Sender.of(newlog({}, HTTP_AUTHORIZATION=f"Bearer {SECRET}")) == Sender("192.0.2.1", SECRET, ID)
    assert Sender.of(newlog({}, HTTP_COOKIE=cookie)) == Sender("192.0.2.1", None, ID)
    assert Sender.of(newlog({})) == Sender("192.0.2.1", None, ID)
