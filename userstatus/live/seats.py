"""Seats: how many viewers there may be, of one address (or IPv6 network of /64) and in all."""

from __future__ import annotations

from userstatus.access.windows import owner_of
from userstatus.errors import Rejection

RETRY_S = 30  # after which a viewer who finds no seat may try again


class Seats:
    """The seats of one service. Without a limit (None), there are as many as are wanted."""

    def __init__(self, per_address: int | None, total: int | None):
        self.per_address = per_address
        self.total = total
        self._addresses: dict[str, str] = {}  # of those who have a seat, by viewer
        self._count: dict[str, int] = {}  # of seats, by address

    @property
    def taken(self) -> int:
        """The number of seats that are taken."""
        return len(self._addresses)

    def check(self, address: str) -> None:
        """Reject another viewer of this address if there is no seat. Raises Rejection."""
        if self.total is not None and self.taken >= self.total:
            raise no_seat(f"there are {self.total:,} viewers already, which is the limit")
        if self.per_address is not None and self._count.get(owner_of(address), 0) >= self.per_address:
            raise no_seat(
                f"there are {self.per_address:,} viewers of one address already, which is the limit"
            )

    def take(self, viewer: str, address: str) -> None:
        """Take a seat, whatever the limits are: `check` comes first."""
        owner = owner_of(address)
        self._addresses[viewer] = owner
        self._count[owner] = self._count.get(owner, 0) + 1

    def give_back(self, viewer: str) -> None:
        """Give a seat back, if the viewer still has one."""
        address = self._addresses.pop(viewer, None)
        if address is None:
            return
        if left := self._count[address] - 1:
            self._count[address] = left
        else:
            del self._count[address]


def no_seat(why: str) -> Rejection:
    return Rejection(f"{why}: try again later", status=503, retry_after=RETRY_S)
