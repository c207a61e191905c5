"""Ingest: the only way in for a message. What must hold for every one of them belongs in `Ingest._accept`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from userstatus import eventloop
from userstatus.errors import Rejection
from userstatus.message import InvalidMessage, Posted, read_messages, read_one
from userstatus.store.journal import Journal
from userstatus.web import bodies

log = logging.getLogger(__name__)

LONG_BYTES = 16 * 1024  # of a body, from which on whoever posts waits for others to run
SENDERS_HEADERS = ("HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_USER_AGENT")


class Sender(NamedTuple):
    """Who posts: the client's address, and what its request says about it, by the names of WSGI."""

    address: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Sender:
        """The sender of a request (a WSGI environ), or of the request that opened a WebSocket."""
        headers = {name: environ[name] for name in SENDERS_HEADERS if name in environ}
        return cls(environ["REMOTE_ADDR"], headers)


class Ingest:
    """Stores what is posted, whichever way it comes, and returns the content of the response."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.time):
        self.journal = journal
        self.clock = clock

    def post(self, environ: dict[str, Any]) -> dict[str, Any]:
        """Store the body of a POST, given as a WSGI environ. Raises Rejection."""
        return self._accept(Sender.of(environ), lambda: self._read_body(environ))

    def send(self, content: Mapping[str, Any], sender: Sender) -> dict[str, Any]:
        """Store the message in a JSON object that came over a WebSocket. Raises Rejection."""
        return self._accept(sender, lambda: read_one(content, self.clock()))

    def _accept(self, sender: Sender, read: Callable[[], Posted]) -> dict[str, Any]:
        try:
            posted = read()
        except InvalidMessage as invalid:
            raise Rejection(invalid.error, invalid.field) from None
        ids = self.journal.append(posted.messages)
        if posted.warnings:
            count, first = len(posted.warnings), posted.warnings[0]
            log.info("corrected what %s posted in %d places, for example: %s", sender.address, count, first)
        return posted.accepted(ids)

    def _read_body(self, environ: dict[str, Any]) -> Posted:
        body = bodies.read(environ)
        if len(body) > LONG_BYTES:
            eventloop.yield_if_due()  # reading many messages takes as long as everybody else's time slice
        try:
            return read_messages(body, self.clock(), eventloop.TimeSlice().maybe_yield)
        except InvalidMessage:
            bodies.reject_forms(environ, body)
            raise
