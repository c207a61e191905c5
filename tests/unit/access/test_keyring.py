"""The keyring knows the keys that were read last, and says when they change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.support.doors import SECRET, KnownKeys, key
from userstatus.access import keyring as module
from userstatus.access.keyring import Keyring
from userstatus.access.secret import fingerprint
from userstatus.errors import Unavailable
from userstatus.store.keys import Key


class Enough(BaseException):
    """Ends what runs forever."""


def ring(known: KnownKeys) -> Keyring:
    return Keyring(cast(Any, known), clock=lambda: 100.0)


def test_a_key_is_found_by_its_secret_once_it_was_read_and_until_it_is_gone() -> None:
    known = KnownKeys()
    keyring = ring(known)
    keyring.load()
    assert keyring.find(SECRET) is None
    known.keys = [key("tst")]
    keyring.load()
    assert keyring.find(SECRET) == key("tst")
    assert keyring.find(SECRET.upper()) is None
    known.keys = []
    keyring.load()
    assert keyring.find(SECRET) is None


def test_whoever_listens_is_told_of_changes_only() -> None:
    known, told = KnownKeys([key("tst")]), []
    keyring = ring(known)
    keyring.listeners.append(lambda: told.append(keyring.holds(key("tst"))))
    for keys in ([key("tst")], [key("tst")], [key("mrc1")], []):
        known.keys = keys
        keyring.load()
    assert told == [True, False, False]


def test_a_key_whose_sites_or_rights_are_others_is_another_one() -> None:
    keyring = ring(KnownKeys([key("tst")]))
    keyring.load()
    assert keyring.holds(key("tst"))
    assert not keyring.holds(key("tst", may=["read"]))
    assert not keyring.holds(key())


@pytest.mark.parametrize(
    ("keys", "guarded"),
    [
        ([], []),
        ([key("tst")], ["tst"]),
        ([key("tst", may=["read"])], []),
        ([key(may=["post"])], ["tst", "mrc1"]),
        ([key("mrc1", "saf"), key("tst", secret="us_other")], ["tst", "mrc1"]),
    ],
)
def test_sites_are_guarded_for_which_there_is_a_key_to_post(keys: list[Any], guarded: list[str]) -> None:
    keyring = ring(KnownKeys(keys))
    keyring.load()
    assert list(keyring.guarded(["tst", "mrc1"])) == guarded


def test_looks_that_fail_whatever_the_reason_are_counted_and_what_was_known_stays_valid(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    known = KnownKeys([key("tst")])
    keyring = ring(known)
    keyring.load()
    looks: Iterator[BaseException] = iter([Unavailable("the disk is gone"), ValueError("odd row"), Enough()])

    def fail() -> list[Key]:
        raise next(looks)

    known.all = fail  # type: ignore[method-assign]
    monkeypatch.setattr(module, "REFRESH_S", 0)
    with pytest.raises(Enough):
        keyring.run()
    assert keyring.errors == 2
    assert keyring.holds(key("tst"))
    assert caplog.messages == ["cannot read the keys, those known remain valid: the disk is gone"]


def test_the_use_of_keys_is_noted_and_does_not_make_them_others() -> None:
    known = KnownKeys([key("tst")])
    keyring = ring(known)
    keyring.load()
    keyring.find(SECRET)
    keyring._note_use()
    assert known.used == {fingerprint(SECRET): 100.0}
    known.keys = [key("tst")._replace(used_at=100.0)]
    keyring.load()
    assert keyring.holds(key("tst"))
