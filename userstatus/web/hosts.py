"""The hosts that this service answers to: a page that makes a name of its own lead here gets nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from userstatus.errors import Rejection

FOR_MACHINES = ("/healthz", "/readyz")  # load balancers ask for them by address


class Hosts:
    """The allowed names in the Host header, without ports; `*` among them allows any.

    A name that begins with a dot stands for every name that ends with it.
    """

    def __init__(self, names: tuple[str, ...]):
        self.any = "*" in names
        self.names = frozenset(name for name in names if not name.startswith("."))
        self.suffixes = tuple(name for name in names if name.startswith("."))

    def check(self, environ: Mapping[str, Any]) -> None:
        """Reject a request for another host, given as a WSGI environ. Raises Rejection."""
        if self.any or environ["PATH_INFO"] in FOR_MACHINES:
            return
        host = environ.get("HTTP_HOST", "").lower()
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
        if name not in self.names and not name.endswith(self.suffixes):
            raise Rejection(
                f"this is not served as {name[:100]!r}: use another address, or name it in ALLOWED_HOSTS",
                status=421,
            )
