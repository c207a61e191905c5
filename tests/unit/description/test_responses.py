"""The errors in the description: each has a name, and the headers that the service sends with it."""

from __future__ import annotations

import pytest

from userstatus.description.responses import ERRORS, HEADERS
from userstatus.errors import HINT_HEADERS, Unavailable


@pytest.mark.parametrize("status", HINT_HEADERS)
def test_an_error_that_says_what_to_send_instead_is_described_with_that(status: int) -> None:
    for name, value in HINT_HEADERS[status]:
        assert name in ERRORS[status][2]
        schema = HEADERS[name]["schema"]
        assert value in schema.get("enum", [schema.get("const")])


def test_an_error_that_passes_is_described_with_when_to_try_again() -> None:
    assert "Retry-After" in ERRORS[Unavailable("").status][2]


def test_every_error_has_a_name_of_its_own() -> None:
    assert len({name for name, *_ in ERRORS.values()}) == len(ERRORS)
