"""Socket.IO's packets, as this service reads and writes them."""

from __future__ import annotations

from typing import Any

from socketio.packet import CONNECT_ERROR
from socketio.packet import Packet as SocketPacket


class Packet(SocketPacket):  # type: ignore[misc]
    """A Socket.IO packet. Rejected connections always include a reason, and nothing is binary."""

    data: Any
    uses_binary_events = False  # or the library would search every packet that it sends for them

    def encode(self) -> Any:
        if self.packet_type == CONNECT_ERROR and isinstance(self.data, str):
            named = ascii((self.namespace or "/")[:80])
            known = self.namespace in (None, "/")
            reason = "already connected" if known else "there is no such namespace"
            self.data = {"message": f"cannot connect to {named}: {reason}, connect once, and to /"}
        return super().encode()

    def decode(self, encoded_packet: Any) -> int:
        if super().decode(encoded_packet):
            raise ValueError("a packet announces binary attachments, which nothing here takes")
        return 0
