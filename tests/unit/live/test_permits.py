"""A permit says what one viewer may watch; the usual one says nothing against anything."""

from __future__ import annotations

from userstatus.live.permits import OPEN


def test_the_open_permit_has_no_key_and_rejects_nothing() -> None:
    OPEN.check(["tst", "*"])
    assert OPEN.key is None
