"""The queue of packets to be sent to a Socket.IO viewer, measured in bytes."""

from __future__ import annotations

from typing import Any

from userstatus import eventloop
from userstatus.live.channels import OVERHEAD_BYTES

MAX_PACKETS = 16  # in one response to a polling viewer; Socket.IO's Python client accepts no more
MAX_BYTES = 128 * 1024  # in these packets, after which no more are added


class Outbox(eventloop.SizedQueue):
    """A viewer's packets, whose text is in `data`; `size` is their total size in bytes."""

    _taken = _taken_bytes = 0

    @staticmethod
    def size_of(packet: Any) -> int:
        text = packet is not None and isinstance(packet.data, str)
        return OVERHEAD_BYTES + len(packet.data) if text else OVERHEAD_BYTES

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; after a blocking call, returns at most as many more as fit in one response."""
        if block:
            self._taken = self._taken_bytes = 0
        self._taken += 1
        if self._taken > MAX_PACKETS or self._taken_bytes > MAX_BYTES:
            raise eventloop.Empty
        packet = super().get(block, timeout)
        self._taken_bytes += self.size_of(packet)
        return packet

    def join(self) -> None:
        """Return at once: a viewer that is being closed may never read again."""
