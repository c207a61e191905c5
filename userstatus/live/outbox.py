"""The queue of packets to be sent to a polling Socket.IO viewer, measured in bytes."""

from __future__ import annotations

from queue import Empty
from typing import Any

from userstatus import eventloop
from userstatus.live.channels import OVERHEAD_BYTES

MAX_PACKETS = 16  # in one response to a polling viewer; Socket.IO's Python client accepts no more
NOOP = 6  # Engine.IO's type of a packet without effect, which is sent to end a poll
MAX_BYTES = 128 * 1024  # in these packets, after which no more are added


class Outbox:
    """A viewer's packets, whose text is in `data`; `size` is their total size in bytes.

    It has the methods of a queue that Engine.IO calls, and takes a tenth of the memory of the library's.
    """

    __slots__ = ("_packets", "_taken", "_taken_bytes", "_waiting", "pollers", "size")

    def __init__(self) -> None:
        self.size = 0
        self.pollers = 0  # greenlets that wait for a packet, or have not yet taken the one they waited for
        self._packets: list[Any] = []
        self._taken = self._taken_bytes = 0  # since the last call that could wait
        self._waiting: list[Any] = []  # an event for each greenlet that waits for a packet

    @staticmethod
    def size_of(packet: Any) -> int:
        text = packet is not None and isinstance(packet.data, str)
        return OVERHEAD_BYTES + len(packet.data) if text else OVERHEAD_BYTES

    def qsize(self) -> int:
        return len(self._packets)

    def put(self, packet: Any) -> None:
        self._packets.append(packet)
        self.size += self.size_of(packet)
        if self._waiting:
            self._waiting.pop(0).send(None)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next packet; after a call that could wait, returns at most as many more as fit in one response.

        Raises Empty if there is none, or none in `timeout` seconds.
        """
        if block:
            self.pollers += 1
            try:
                self._wait(timeout)
            finally:
                self.pollers -= 1
            self._taken = self._taken_bytes = 0
        self._taken += 1
        if not self._packets or self._taken > MAX_PACKETS or self._taken_bytes > MAX_BYTES:
            raise Empty
        packet = self._packets.pop(0)
        self.size -= self.size_of(packet)
        self._taken_bytes += self.size_of(packet)
        if packet is not None and packet.packet_type == NOOP:
            self._taken = MAX_PACKETS  # which ends this response; the next one may be for another poll
        return packet

    def drain(self) -> list[Any]:
        """All packets that wait, in order; they are no longer in the queue."""
        packets = self._packets
        self.clear()
        return packets

    def clear(self) -> None:
        """Discard all packets that wait."""
        self._packets = []
        self.size = 0

    def task_done(self) -> None:
        """Do nothing: nobody waits until a packet has been sent."""

    def join(self) -> None:
        """Return at once: a viewer that is being closed may never read again."""

    def _wait(self, timeout: float | None) -> None:
        while not self._packets:
            arrived = eventloop.Event()
            self._waiting.append(arrived)
            arrived.wait(timeout)
            if arrived in self._waiting:  # the time is up
                self._waiting.remove(arrived)
                return
