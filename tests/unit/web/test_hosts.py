"""Which names this service answers to."""

from __future__ import annotations

import pytest

from tests.support.environs import environ
from userstatus.errors import Rejection
from userstatus.web.hosts import Hosts

NAMES = ("status.example.org", ".lan", "[::1]", "127.0.0.1")


@pytest.mark.parametrize(
    "host",
    [
        "status.example.org",
        "Status.Example.org:8080",
        "a.lan",
        "b.a.lan:1",
        "[::1]:8080",
        "[::1]",
        "127.0.0.1",
    ],
)
def test_named_hosts_are_served_with_any_port_and_in_any_case(host: str) -> None:
    Hosts(NAMES).check(environ(HTTP_HOST=host))


@pytest.mark.parametrize(
    "host", ["evil.example", "lan", "alan", "x.status.example.org", "", "status.example.org:x", "[::2]"]
)
def test_others_are_rejected_with_the_remedy(host: str) -> None:
    with pytest.raises(Rejection, match="ALLOWED_HOSTS") as rejected:
        Hosts(NAMES).check(environ(HTTP_HOST=host))
    assert rejected.value.status == 421


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_load_balancers_may_ask_by_any_name(path: str) -> None:
    Hosts(NAMES).check(environ(path, HTTP_HOST="10.0.0.7"))


def test_by_default_any_host_is_served() -> None:
    Hosts(("*",)).check(environ(HTTP_HOST="evil.example"))
    Hosts(("*",)).check(environ())
