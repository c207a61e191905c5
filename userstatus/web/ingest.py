"""Ingest: the only way in for messages. Rules that apply to every message belong in `Ingest._accept`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from userstatus import eventloop
from userstatus.access import credentials
from userstatus.access.access import Access
from userstatus.connection import connection_of
from userstatus.duty.duty import Duty
from userstatus.errors import Rejection, Unavailable
from userstatus.instruments.log_lines import About
from userstatus.message import InvalidMessage, Posted, read_messages, read_one
from userstatus.redaction import redacted
from userstatus.store.journal import Journal
from userstatus.store.keys import POST
from userstatus.web import bodies
from userstatus.web.limits import Limits

log = logging.getLogger(__name__)

LONG_BYTES = 16 * 1024  # size of a body from which on the client waits for others to run first


class Sender(NamedTuple):
    """The sender of a request: the client's address, the secret of its key if it sent one, and the id."""

    address: str
    secret: str | None
    request_id: str

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> Sender:
        """The sender of a request (a WSGI environ), or of the request that opened a WebSocket."""
        return cls(environ["REMOTE_ADDR"], credentials.presented(environ), connection_of(environ).request_id)


class Ingest:
    """Stores posted messages, however they arrive, and returns the content of the response."""

    def __init__(
        self,
        journal: Journal,
        access: Access,
        limits: Limits,
        duty: Duty,
        clock: Callable[[], float] = time.time,
    ):
        self.journal = journal
        self.access = access
        self.limits = limits
        self.duty = duty
        self.clock = clock

    def post(self, environ: dict[str, Any]) -> dict[str, Any]:
        """Store the body of a POST, given as a WSGI environ. Raises Rejection."""
        return self._accept(Sender.of(environ), lambda: self._read_body(environ))

    def send(self, content: Mapping[str, Any], sender: Sender) -> dict[str, Any]:
        """Store the message in a JSON object received over a WebSocket. Raises Rejection."""
        return self._accept(sender, lambda: read_one(content, self.clock()))

    def _accept(self, sender: Sender, read: Callable[[], Posted]) -> dict[str, Any]:
        self.limits.check_address(sender.address)
        key = self.access.check(POST, sender.secret, sender.address)
        try:
            posted = read()
        except InvalidMessage as invalid:
            raise Rejection(invalid.error, invalid.field) from None
        if posted.warnings:  # they quote what was sent
            posted = replace(posted, warnings=[redacted(each) for each in posted.warnings])
        sites = [message.site for message in posted.messages]
        self.access.check_sites(POST, set(sites), key, sender.address)
        self.limits.take(sender.address, sites)
        messages = self.duty.level_rules.apply(posted.messages)
        try:
            ids = self.journal.append(messages)
        except Unavailable:
            self.limits.give_back(sender.address, sites)
            raise
        if posted.warnings:
            count, first = len(posted.warnings), posted.warnings[0]
            about = About(sender.address, sender.request_id)
            what = "corrected what %s posted in %d places, for example: %s"
            log.info(what, sender.address, count, first, extra=about.as_extra())
        return posted.accepted(ids)

    def _read_body(self, environ: dict[str, Any]) -> Posted:
        body = bodies.read(environ)
        if len(body) > LONG_BYTES:
            eventloop.yield_if_due()  # reading many messages takes about a whole time slice
        try:
            return read_messages(body, self.clock(), eventloop.TimeSlice().maybe_yield)
        except InvalidMessage:
            bodies.reject_forms(environ, body)
            raise
