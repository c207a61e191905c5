"""Signing in leads on only within this service."""

from __future__ import annotations

import pytest

from userstatus.web.sign_in import local_path


@pytest.mark.parametrize("path", ["/", "/watch/tst?search=a&b", "/dev/watch/*"])
def test_a_path_of_this_service_is_gone_on_to(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:x",
        "/a\r\nX: y",
        "/\t/evil",
    ],
)
def test_an_address_elsewhere_is_not(path: str) -> None:
    assert local_path(path) == ""
