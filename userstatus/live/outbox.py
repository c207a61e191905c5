"""The queue of what waits to be sent to a Socket.IO viewer, counted in bytes."""

from __future__ import annotations

from typing import Any

from userstatus import eventloop
from userstatus.live.channels import OVERHEAD_BYTES

MAX_PACKETS = 16  # in one response to a viewer that polls; Socket.IO's Python client takes no more
MAX_BYTES = 128 * 1024  # in these packets, after which no further one is added


class Outbox(eventloop.SizedQueue):
    """A viewer's packets, whose text is in `data`; `size` is how many bytes they take."""

    _taken = _taken_bytes = 0

    @staticmethod
    def size_of(packet: Any) -> int:
        text = packet is not None and isinstance(packet.data, str)
        return OVERHEAD_BYTES + len(packet.data) if text else OVERHEAD_BYTES

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; after a blocking call, at most as many more as a client takes in one response."""
        if block:
            self._taken = self._taken_bytes = 0
        self._taken += 1
        if self._taken > MAX_PACKETS or self._taken_bytes > MAX_BYTES:
            raise eventloop.Empty
        packet = super().get(block, timeout)
        self._taken_bytes += self.size_of(packet)
        return packet

    def join(self) -> None:
        """A viewer that is being closed is not waited for: it may never read again."""
