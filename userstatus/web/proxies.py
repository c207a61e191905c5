"""Proxies: whose word is taken for a client's address and scheme."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from userstatus.settings import PROXIES

LOOPBACK, PRIVATE, NONE = PROXIES

Network = IPv4Network | IPv6Network


class Proxies:
    """The trusted proxies, as addresses and networks, `loopback`, `private`, or `none`.

    Raises ValueError if a name is something else.
    """

    def __init__(self, names: tuple[str, ...]):
        self.loopback = LOOPBACK in names
        self.private = PRIVATE in names
        self.networks = tuple(ip_network(name) for name in names if name not in (LOOPBACK, PRIVATE, NONE))

    def trusts(self, address: str) -> bool:
        """Whether the X-Forwarded-* headers of a client with this address are believed."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        if (self.loopback and found.is_loopback) or (self.private and found.is_private):
            return True
        return any(found in network for network in self.networks)
