"""Plain WebSockets: viewers on /ws and on Photon Ranch's /datastream."""

from __future__ import annotations

import logging
from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar

from wsproto.events import CloseConnection, Ping
from wsproto.frame_protocol import CloseReason

from userstatus.errors import Rejection
from userstatus.live import frames
from userstatus.live.channels import LEFT, TIMEOUT
from userstatus.live.encodings import dump, end_shape
from userstatus.live.fanout import Fanout
from userstatus.live.follower import Follower, Position
from userstatus.live.permits import Permit
from userstatus.live.requests import Watch, read_action, read_watch
from userstatus.live.streams import Stream
from userstatus.message import MAX_BODY_BYTES

log = logging.getLogger(__name__)

StoreMessage = Callable[[dict[str, Any]], dict[str, Any]]
"""Stores the message in a JSON object, and returns what its sender is told. Raises Rejection."""


class WebSocket(Stream):
    """A plain WebSocket: every frame is one message, and the viewer may post and switch sites.

    `ingest` stores what it posts, and `accepted` is from `frames.accept_key`.
    """

    kind = "ws"
    encode = attrgetter("websocket")

    def __init__(
        self,
        watch: Watch,
        position: Position | None,
        fanout: Fanout,
        follower: Follower,
        permit: Permit,
        ingest: StoreMessage,
        accepted: bytes,
    ):
        super().__init__(watch, position, fanout, follower, permit)
        self._ingest = ingest
        self._accepted = accepted
        self._incoming = frames.Incoming(MAX_BODY_BYTES)
        self._pinged = False
        self._was_rejected = False

    def opening(self, headers: list[tuple[str, str]]) -> bytes:
        return frames.switching(self._accepted, headers)

    def tell(self, what: str, content: dict[str, Any]) -> None:
        self._send({what: content})

    def receive(self, data: bytes) -> None:
        self._pinged = False
        for event in self._incoming.events(data):
            if not self.channel.open:
                return
            self._take(event)

    def heartbeat(self) -> None:
        if self._pinged and not self.channel.busy:  # if it is, a pong may not have been read yet
            self.channel.why = TIMEOUT
            self.channel.end(CloseReason.GOING_AWAY, "no answer to a ping")
        else:
            self._pinged = True
            self.channel.write(frames.PING)

    def closing_bytes(self, code: int, reason: str) -> bytes:
        return frames.closing(code, reason)

    def _take(self, event: str | bytes | Ping | CloseConnection) -> None:
        if isinstance(event, CloseConnection):
            self.channel.why = LEFT
            self.channel.end(event.code, event.reason or "")
        elif isinstance(event, Ping):
            self.channel.write(frames.pong(event.payload))
        else:
            self._do(event.encode() if isinstance(event, str) else event)

    def _do(self, said: bytes) -> None:
        """Do what the viewer asks for, or send the reason why not."""
        try:
            action, content = read_action(said, self._ACTIONS)
            self._ACTIONS[action](self, content)
        except Rejection as rejection:
            self.fanout.rejected[str(rejection.status)] += 1
            if not self._was_rejected:  # log once per viewer; the viewer is told every time
                log.warning("rejected a viewer's request: %s", rejection.reason)
            self._was_rejected = True
            self._send(rejection.as_json())

    def _newlog(self, content: dict[str, Any]) -> None:
        accepted = self._ingest(content)
        if self.asked.resumes:  # other viewers expect nothing but messages
            self.tell("accepted", accepted)

    def _updatesubscribersite(self, content: dict[str, Any]) -> None:
        wanted = read_watch(content)
        self.permit.check(wanted.sites)
        self.position = wanted.cursor and self.follower.locate(wanted.sites, wanted.cursor)
        self.viewer.leave(self.viewer.sites())
        self.asked = wanted._replace(resumes=wanted.resumes or self.asked.resumes)
        self.begin(self.asked)

    def _caughtup(self, _: dict[str, Any]) -> None:
        self.tell("caughtup", end_shape(self.follower.cursor))

    def _send(self, content: dict[str, Any]) -> None:
        self.channel.write(frames.frame(dump(content)))

    _ACTIONS: ClassVar = {
        "newlog": _newlog,
        "updatesubscribersite": _updatesubscribersite,
        "caughtup": _caughtup,
    }


class DataStream(WebSocket):
    """The same in the format of Photon Ranch's data stream."""

    kind = "datastream"
    encode = attrgetter("datastream")
