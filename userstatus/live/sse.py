"""Server-sent events (the HTML standard, section 9.2): a viewer on /events."""

from __future__ import annotations

from email.utils import formatdate
from operator import attrgetter
from typing import Any

from userstatus.live.encodings import chunk, dump, end_shape, server_sent
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Follower, Position
from userstatus.live.permits import Permit
from userstatus.live.requests import Watch
from userstatus.live.streams import Stream

RECONNECT_MS = 1000  # after which a browser should reconnect


class EventStream(Stream):
    """Server-sent events, as one endless response.

    A client that supports chunked encoding gets one chunk per event: some libraries pass on unchunked data
    only after reading a certain amount.
    """

    kind = "events"

    def __init__(
        self,
        watch: Watch,
        position: Position | None,
        fanout: Fanout,
        follower: Follower,
        permit: Permit,
        chunked: bool,
    ):
        super().__init__(watch, position, fanout, follower, permit)
        self.chunked = chunked
        self.encode = attrgetter("event_chunk" if chunked else "event")

    def begin(self, watch: Watch) -> None:
        # A browser reconnects with the last cursor it received, so it gets one at once.
        status = {**self.viewer.status(self.position), "sites": sorted(watch.sites)}
        first = server_sent("subscribed", dump(status), watch.cursor or self.follower.cursor)
        # Part of the first event: sent alone, many libraries would take it for an event without data.
        self._write(f"retry: {RECONNECT_MS}\n{first}")
        super().begin(watch._replace(resumes=False))
        if watch.cursor is not None:
            self.heartbeat()

    def opening(self, headers: list[tuple[str, str]]) -> bytes:
        headers = [
            ("Content-Type", "text/event-stream; charset=utf-8"),
            ("Cache-Control", "no-cache, no-transform"),  # a compressing proxy would delay events
            ("Connection", "close"),
            ("Date", formatdate(usegmt=True)),
            ("X-Accel-Buffering", "no"),  # nginx would buffer events until it has enough of them
            *headers,
        ]
        if self.chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode("latin-1")

    def tell(self, what: str, content: dict[str, Any]) -> None:
        self._write(server_sent(what, dump(content)))

    def receive(self, data: bytes) -> None:
        """Do nothing: this stream has one direction."""

    def heartbeat(self) -> None:
        # Not a comment, which browsers hide from pages: a page can rely on this event.
        end = self.follower.cursor
        self._write(server_sent("caughtup", dump(end_shape(end)), end))

    def closing_bytes(self, code: int, reason: str) -> bytes:  # noqa: ARG002
        closing = self._piece(server_sent("closing", dump({"error": reason})))
        return closing + b"0\r\n\r\n" if self.chunked else closing

    def _write(self, text: str) -> None:
        self.channel.write(self._piece(text))

    def _piece(self, text: str) -> bytes:
        return chunk(text) if self.chunked else text.encode()
