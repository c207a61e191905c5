"""Whether messages can be stored is tried out when it is not known, and not more often than that."""

from __future__ import annotations

import pytest

from tests.support.databases import open_journal
from tests.support.messages import message
from userstatus.errors import Unavailable
from userstatus.store.database import Database
from userstatus.store.health import Health
from userstatus.store.journal import Journal


@pytest.fixture
def journal(sqlite_database: Database) -> Journal:
    return open_journal(sqlite_database, ttl=3600)


def test_the_first_check_tries_and_leaves_nothing_behind(journal: Journal) -> None:
    journal.trouble = "what nobody has tried since"
    Health(journal).check()
    assert journal.trouble is None
    assert journal.append([message()]) == [1]


def test_a_failed_append_is_reported_and_not_tried_again_at_once(journal: Journal) -> None:
    health = Health(journal)
    health.check()
    journal.trouble = "the disk is full"
    with pytest.raises(Unavailable) as rejection:
        health.check()
    assert rejection.value.reason == "the disk is full"


def test_it_is_tried_again_after_a_pause(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("userstatus.store.health.PAUSE_S", 0.0)
    health = Health(journal)
    health.check()
    journal.trouble = "the disk was full"
    health.check()
    assert journal.trouble is None
