"""Keys are kept in either database, without their secrets."""

from __future__ import annotations

import pytest

from tests.support.doors import key
from userstatus.store.database import Database
from userstatus.store.keys import KeyExists, Keys


def test_keys_are_kept_with_their_sites_and_rights_in_the_order_of_their_names(database: Database) -> None:
    keys = Keys(database)
    made = [key("tst", "mrc1", name="b"), key(may=["read"], name="a", secret="us_2")]
    for each in made:
        keys.add(each)
    assert keys.all() == [made[1], made[0]]


def test_a_name_is_that_of_one_key(database: Database) -> None:
    keys = Keys(database)
    keys.add(key("tst"))
    with pytest.raises(KeyExists):
        keys.add(key("mrc1", secret="us_2"))
    assert keys.all() == [key("tst")]


def test_a_revoked_key_is_gone(database: Database) -> None:
    keys = Keys(database)
    keys.add(key("tst"))
    assert keys.revoke("k")
    assert not keys.revoke("k")
    assert keys.all() == []


def test_when_a_key_was_last_used_is_kept(database: Database) -> None:
    keys = Keys(database)
    keys.add(key("tst"))
    keys.add(key("mrc1", name="other", secret="us_2"))
    keys.note_used({key().fingerprint: 123.5, "unknown": 1.0})
    assert [each.used_at for each in keys.all()] == [123.5, None]


def test_a_key_covers_its_sites_and_every_site_only_if_it_is_for_all() -> None:
    assert key("a", "b").covers(["a"])
    assert not key("a", "b").covers(["a", "c"])
    assert not key("a", "b").covers(["*"])
    assert key().covers(["a", "*"])
