"""The newest alarming messages of every site, within bounds."""

from __future__ import annotations

import pytest

from tests.support.messages import stored
from userstatus.live import latest as module
from userstatus.live.latest import Latest
from userstatus.message import Message


def latest(*messages: Message) -> Latest:
    found = Latest()
    for message in messages:
        found.add(message)
    return found


def alarm(id: int, site: str = "tst", level: str = "error", text: str = "x") -> Message:
    return stored(id, text, site=site, log_level=level)


def test_the_newest_of_each_level_is_kept() -> None:
    found = latest(alarm(1), alarm(2, level="critical"), alarm(3), alarm(4, site="other")).of("tst", 0)
    assert {level: message.id for level, message in found.items()} == {"error": 3, "critical": 2}


def test_what_has_expired_is_not_shown_and_is_forgotten_a_little_at_a_time() -> None:
    found = latest(*(alarm(id, site=str(id)) for id in range(1, 6)))
    expired = alarm(4).received_at
    assert (found.of("4", expired), list(found.of("5", expired))) == ({}, ["error"])
    found.forget(expired, limit=3)
    assert [site for site, _ in found._messages] == ["4", "5"]
    found.forget(expired, limit=3)
    assert [site for site, _ in found._messages] == ["5"]


def test_of_long_texts_of_too_many_sites_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10_000)
    found = latest(*(alarm(id, site=str(id), text="\U0001f52d" * 1000) for id in range(1, 6)))
    assert [site for site, _ in found._messages] == ["4", "5"]
    found.add(alarm(6, site="4"))
    assert (list(found.of("4", 0)), list(found.of("5", 0))) == (["error"], ["error"])


def test_nothing_is_left_of_a_site_that_is_forgotten() -> None:
    found = latest(alarm(1), alarm(2, level="warning"))
    found.forget_site("tst")
    assert (found.of("tst", 0), found._size) == ({}, 0)
