"""Windows count by name, in bounded memory, from zero again when they end."""

from __future__ import annotations

import pytest

from userstatus.access import windows as module
from userstatus.access.windows import Window, owner_of
from userstatus.settings import Limit


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_window_has_room_again_when_it_ends() -> None:
    clock = Clock()
    window = Window(Limit(3, 60), clock)
    assert window.wait("a", 3) == 0
    window.add("a", 3)
    clock.now += 20
    assert window.wait("a") == 40
    assert window.wait("b") == 0
    clock.now += 40
    assert window.wait("a", 3) == 0


def test_names_beyond_a_number_are_counted_together_so_that_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_NAMES", 2)
    window = Window(Limit(2, 60), Clock())
    for name in "abcd":
        window.add(name)
    assert (window.wait("a"), window.wait("b")) == (0, 0)
    assert window.wait("e") > 0
    assert len(window._counts) == 3


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a:b", "a:b"),
    ],
)
def test_a_network_of_ipv6_counts_as_one_address(address: str, owner: str) -> None:
    assert owner_of(address) == owner
