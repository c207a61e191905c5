"""What may be done with which key, by the settings."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from tests.support.doors import SECRET, access, key, keyring
from userstatus.access.access import Access
from userstatus.errors import Rejection
from userstatus.settings import Limit
from userstatus.store.keys import POST, READ, Key


def status(
    found: Access, right: str, sites: Collection[str], secret: str | None, address: str = "192.0.2.1"
) -> int:
    """The HTTP status that somebody with this secret gets."""
    try:
        found.check_sites(right, sites, found.check(right, secret, address), address)
    except Rejection as rejection:
        return rejection.status
    return 200


@pytest.mark.parametrize("right", [POST, READ])
def test_without_keys_and_settings_everything_is_open(right: str) -> None:
    assert status(access(), right, ["tst", "*"], None) == 200


@pytest.mark.parametrize("right", [POST, READ])
@pytest.mark.parametrize(
    ("keys", "secret", "sites", "expected"),
    [
        ([key("tst")], None, ["tst"], 401),
        ([key("tst")], "us_wrong", ["tst"], 401),
        ([], SECRET, ["tst"], 401),
        ([key("tst")], SECRET, ["tst"], 200),
        ([key("tst")], SECRET, ["mrc1"], 403),
        ([key("tst")], SECRET, ["tst", "mrc1"], 403),
        ([key("tst")], SECRET, ["*"], 403),
        ([key()], SECRET, ["tst", "mrc1", "*"], 200),
        ([key("tst", may=[])], SECRET, ["tst"], 403),
    ],
)
def test_what_is_closed_needs_a_key_with_the_right_for_all_sites(
    right: str, keys: list[Key], secret: str | None, sites: list[str], expected: int
) -> None:
    assert status(access(*keys, posting=True, reading=True), right, sites, secret) == expected


@pytest.mark.parametrize(
    ("secret", "sites", "expected"),
    [
        (None, ["tst"], 401),
        (None, ["mrc1"], 200),
        (None, ["mrc1", "tst"], 401),
        (SECRET, ["tst"], 200),
        (SECRET, ["mrc1"], 200),
        (SECRET, ["mrc1", "tst"], 200),
        ("us_other", ["tst"], 403),
        ("us_other", ["mrc1"], 200),
        ("us_wrong", ["mrc1"], 401),
    ],
)
def test_a_site_for_which_there_is_a_key_to_post_takes_posts_only_with_it(
    secret: str | None, sites: list[str], expected: int
) -> None:
    keys = [
        key("tst"),
        key("saf", name="other", secret="us_other"),
        key("mrc1", may=["read"], secret="us_reader"),
    ]
    assert status(access(*keys), POST, sites, secret) == expected


def test_reading_stays_open_where_only_posting_needs_a_key() -> None:
    assert status(access(key("tst"), posting=True), READ, ["tst"], None) == 200


def test_a_key_that_is_revoked_after_it_was_checked_is_of_no_use() -> None:
    found = access(key("tst"), reading=True)
    checked = found.check(READ, SECRET, "192.0.2.1")
    found.keyring.keys.all().clear()
    found.keyring.load()
    with pytest.raises(Rejection, match="revoked") as rejected:
        found.check_sites(READ, ["tst"], checked, "192.0.2.1")
    assert rejected.value.status == 401


def test_a_rejection_says_what_is_needed_and_shows_no_secret() -> None:
    many = [f"s{number}" for number in range(9)]
    with pytest.raises(Rejection) as rejected:
        access(key("tst"), reading=True).check_sites(READ, many, key("tst"), "192.0.2.1")
    assert rejected.value.error == "the key k may not read for s0, s1, s2, s3, s4 and 4 others: it is for tst"
    assert rejected.value.field == "site"
    with pytest.raises(Rejection) as rejected:
        access(posting=True).check(POST, "us_secret", "192.0.2.1")
    assert "us_secret" not in rejected.value.error


READER = "us_reader"
REFUSED = {  # a right, a site and a secret that are refused, and how
    "not known": (READ, "tst", "us_wrong", 401),
    "another right": (POST, "tst", READER, 403),
    "another site": (READ, "mrc1", READER, 403),
}


@pytest.mark.parametrize("case", REFUSED)
def test_whoever_is_refused_often_has_to_wait_and_nobody_else(case: str) -> None:
    right, site, secret, expected = REFUSED[case]
    keys = keyring(key("tst"), key("tst", may=["read"], name="reader", secret=READER))
    found = Access(keys, posting=True, reading=True, wrong_keys=Limit(30, 60))
    seen = [status(found, right, [site], secret) for _ in range(40)]
    assert seen == [expected] * 30 + [429] * 10
    assert status(found, right, [site], secret, "192.0.2.2") == expected
    assert status(found, right, ["tst"], SECRET) == 200, "a neighbour who has the right key"
    assert status(found, READ, ["tst"], READER) == 200, "what this key may do"


def test_whoever_has_to_wait_is_told_the_limit_and_how_long() -> None:
    found = Access(keyring(key("tst")), posting=True, reading=True, wrong_keys=Limit(1, 60), clock=lambda: 9)
    assert status(found, READ, ["mrc1"], SECRET) == 403
    with pytest.raises(Rejection) as rejected:
        found.check_sites(READ, ["mrc1"], key("tst"), "192.0.2.1")
    assert rejected.value.error == (
        "at most 1 requests a minute are taken of one address with keys that are not known or may not do "
        "this: try again in 60 s"
    )
    assert (rejected.value.status, rejected.value.retry_after) == (429, 60)
