"""What looks like a key is not shown, and everything else is."""

from __future__ import annotations

import pytest

from userstatus.access.secret import new_secret
from userstatus.redaction import redacted


@pytest.mark.parametrize("around", ["{}", "/newlog/{}", "https://x:{}@host/", "/newlog{}", "{}{}", "'{}…'"])
def test_a_key_is_not_shown_whatever_is_around_it(around: str) -> None:
    secret = new_secret()
    assert redacted(around.replace("{}", secret)) == around.replace("{}", "us_***")


def test_a_part_of_a_key_is_not_shown_if_the_rest_could_be_guessed() -> None:
    assert redacted(new_secret()[:19]) == "us_***"
    assert redacted(new_secret()[:18]) != "us_***"


@pytest.mark.parametrize(
    "text", ["", "/newlog", "us_west", "us_observatory_east_dome_1", "status_of_the_dome"]
)
def test_anything_else_is(text: str) -> None:
    assert redacted(text) == text
