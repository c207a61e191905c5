"""A 401 asks programs for a password, and no browser."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.environs import environ
from userstatus.web.challenges import BASIC, challenges


def test_a_program_is_asked_for_a_password() -> None:
    assert challenges(environ("/newlog", "POST", HTTP_USER_AGENT="Wget/1.21.3", HTTP_ACCEPT="*/*")) == [BASIC]


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ORIGIN": "http://127.0.0.1:8080"},
        {"HTTP_SEC_FETCH_MODE": "cors"},
        {"HTTP_ACCEPT_LANGUAGE": "en-US,en;q=0.9"},
    ],
    ids="".join,
)
def test_a_browser_is_not_as_it_would_show_a_dialog(headers: dict[str, Any]) -> None:
    assert challenges(environ("/recent-logs", **headers)) == []
