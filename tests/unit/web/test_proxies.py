"""Whose X-Forwarded-For is believed."""

from __future__ import annotations

import pytest

from userstatus.web.proxies import Proxies


@pytest.mark.parametrize(
    ("names", "address", "trusted"),
    [
        (["loopback"], "127.0.0.1", True),
        (["loopback"], "127.9.9.9", True),
        (["loopback"], "::1", True),
        (["loopback"], "::ffff:127.0.0.1", True),
        (["loopback"], "10.0.0.1", False),
        (["private"], "10.0.0.1", True),
        (["private"], "127.0.0.1", True),
        (["private"], "fe80::1%eth0", True),
        (["private"], "8.8.8.8", False),
        (["none"], "127.0.0.1", False),
        (["198.51.100.0/24", "2001:db8::1"], "198.51.100.7", True),
        (["198.51.100.0/24", "2001:db8::1"], "2001:db8::1", True),
        (["198.51.100.0/24", "2001:db8::1"], "127.0.0.1", False),
        (["private"], "nonsense", False),
        (["private"], "", False),
    ],
)
def test_only_named_proxies_are_believed(names: list[str], address: str, trusted: bool) -> None:
    assert Proxies(tuple(names)).trusts(address) is trusted


def test_a_name_that_is_neither_is_an_error() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Proxies(("nonsense",))
