"""userstatus: short status messages from an observatory, shown at once to everyone who watches its site.

A telescope's program needs `UserStatusHandler`, `send` or `connect`, which use the standard library alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from userstatus.client.handler import UserStatusHandler
    from userstatus.client.poster import Poster, connect, send

__version__ = "0.2.0"
__all__ = ["Poster", "UserStatusHandler", "__version__", "connect", "send"]


def __getattr__(name: str) -> Any:
    """Import what a telescope needs when it is asked for: the server, which shares this package, does not."""
    if name == "UserStatusHandler":
        from userstatus.client.handler import UserStatusHandler

        return UserStatusHandler
    if name in ("Poster", "connect", "send"):
        from userstatus.client import poster

        return getattr(poster, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
