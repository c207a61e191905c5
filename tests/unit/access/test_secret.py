"""Secrets are random, recognizable, and not to be found in what is stored."""

from __future__ import annotations

import re

from userstatus.access.secret import fingerprint, new_secret


def test_a_secret_is_a_prefix_and_32_random_letters_and_digits() -> None:
    found = {new_secret() for _ in range(100)}
    assert len(found) == 100
    assert all(re.fullmatch("us_[A-Za-z0-9]{32}", secret) for secret in found)


def test_a_fingerprint_is_the_same_for_the_same_secret_and_does_not_show_it() -> None:
    secret = new_secret()
    assert fingerprint(secret) == fingerprint(secret)
    assert fingerprint(secret) != fingerprint(new_secret())
    assert re.fullmatch("[0-9a-f]{64}", fingerprint(secret))


def test_whatever_somebody_sends_has_a_fingerprint() -> None:
    assert fingerprint("us_\ud800") != fingerprint("us_")
