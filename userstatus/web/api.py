"""The HTTP endpoints: read the request, do what it asks for, respond."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from userstatus.connection import REQUEST_ID, connection_of
from userstatus.duty.duty import Duty
from userstatus.errors import Rejection
from userstatus.live import frames
from userstatus.live.delivery import Delivery
from userstatus.live.encodings import dump, site_shape
from userstatus.live.follower import Position
from userstatus.live.requests import Watch, read_cursor, read_watch
from userstatus.live.sse import EventStream
from userstatus.live.streams import Stream
from userstatus.live.subscriptions import poll
from userstatus.live.websocket import DataStream, WebSocket
from userstatus.message import Cursor
from userstatus.store.log import Log
from userstatus.web import parameters, rejections
from userstatus.web.cors import Origins
from userstatus.web.doors import Doors
from userstatus.web.http_server import NOSNIFF
from userstatus.web.ingest import Ingest, Sender
from userstatus.web.long_responses import LongResponses, array


class Handover(Response):
    """A response that hands the request's connection over to a stream, as soon as Flask is done with it."""

    def __init__(self, stream: Stream):
        super().__init__()
        self.taker = stream

    def __call__(self, environ: dict[str, Any], _start_response: Any) -> list[bytes]:
        del self.headers["Content-Type"], self.headers["Content-Length"]
        connection = connection_of(environ)
        headers = [*self.headers, NOSNIFF, (REQUEST_ID, connection.request_id)]
        connection.take_over(partial(self.taker.run, headers=headers, address=environ["REMOTE_ADDR"]))
        return []


class Api:
    """The HTTP endpoints of one service."""

    def __init__(
        self, log: Log, delivery: Delivery, duty: Duty, ingest: Ingest, origins: Origins, doors: Doors
    ):
        self.log = log
        self.duty = duty
        self.doors = doors
        self.follower = delivery.follower
        self.fanout = delivery.fanout
        self.statistics = delivery.statistics
        self.ingest = ingest
        self.origins = origins
        self.long_responses = LongResponses()

    def blueprint(self) -> Blueprint:
        api = Blueprint("api", __name__)
        api.post("/newlog")(self.newlog)
        api.get("/recent-logs")(self.recent_logs)
        api.get("/sites")(self.sites)
        api.get("/activity")(self.activity)
        api.get("/events")(self.events)
        for path, kind in (("/ws", WebSocket), ("/datastream", DataStream)):
            api.add_url_rule(path, kind.__name__, partial(self.websocket, kind), websocket=True)
            api.add_url_rule(path, f"not_a_{kind.__name__}", self.not_a_websocket)
        return api

    def newlog(self) -> Response:
        """POST /newlog; `fast_path` serves it without Flask."""
        return _json(self.ingest.post(request.environ))

    def recent_logs(self) -> Response:
        query = parameters.read_query(_parameters(), now=time.time())
        wait = parameters.read_wait(request.args.get("wait", "0"))
        cursor = read_cursor(request.args.get("after_id")) or Cursor(0)
        permit = self.doors.permit(query.sites)
        if wait:
            self.fanout.seats.check(request.environ["REMOTE_ADDR"])
        address = request.environ["REMOTE_ADDR"]
        generation = -1
        while generation != self.follower.generation:  # if the log was replaced meanwhile, read the new one
            generation = self.follower.generation
            position = self.follower.locate(query.sites, cursor) if cursor.id else Position(0, False, False)
            query = query._replace(after_id=position.id)
            found, truncated, end = poll(
                query, wait, self.log.reader, self.follower, self.fanout, permit, address
            )
            wait = 0
        response = self.long_responses.respond(found)
        _add_end(response, end)
        if truncated:
            response.headers["X-Truncated"] = "true"
        if position.gap:
            response.headers["X-Gap"] = "true"
        return response

    def sites(self) -> Response:
        wanted, step = parameters.read_summary(_parameters())
        self.doors.permit(wanted)
        end = self.follower.cursor
        pieces = array(self._summaries(wanted, step))
        begun = list(itertools.islice(pieces, 3))
        all_of_them = begun if len(begun) < 3 else itertools.chain(begun, pieces)  # rest: while sending
        response = Response(all_of_them, mimetype="application/json")
        _add_end(response, end)
        return response

    def _summaries(self, sites: Collection[str], step: int | None) -> Iterator[str]:
        """The sites as JSON; each is read when it is yielded."""
        for summary in self.statistics.summaries(sites):
            known = self.duty.config.site(summary.site)
            shape = site_shape(summary, known.name, known.silent_after)
            if step is not None:
                shape["activity"] = self.statistics.activity(summary.site, step)._asdict()
            yield dump(shape)

    def activity(self) -> Response:
        wanted, step = parameters.read_history(_parameters())
        self.doors.permit(wanted)
        end = self.follower.cursor
        response = _json(self.statistics.history(wanted, step)._asdict())
        _add_end(response, end)
        return response

    def events(self) -> Response:
        watch = read_watch(_parameters(), request.headers.get("Last-Event-ID"))
        permit = self.doors.permit(watch.sites)
        if request.method == "HEAD":
            return Response(mimetype="text/event-stream")
        chunked = request.environ["SERVER_PROTOCOL"] != "HTTP/1.0"
        self.fanout.seats.check(request.environ["REMOTE_ADDR"])
        position = self._locate(watch)
        return Handover(EventStream(watch, position, self.fanout, self.follower, permit, chunked))

    def websocket(self, kind: type[WebSocket]) -> Response:
        self.origins.check(request.environ)
        watch = read_watch(_parameters())
        permit = self.doors.permit(watch.sites)
        accepted = frames.accept_key(request.environ)
        ingest = partial(self.ingest.send, sender=Sender.of(request.environ))
        self.fanout.seats.check(request.environ["REMOTE_ADDR"])
        position = self._locate(watch)
        return Handover(kind(watch, position, self.fanout, self.follower, permit, ingest, accepted))

    def not_a_websocket(self) -> Response:
        raise Rejection(
            f"{rejections.path(request.environ)} is a WebSocket: connect to it with ws:// or wss://",
            status=426,
        )

    def _locate(self, watch: Watch) -> Position | None:
        return watch.cursor and self.follower.locate(watch.sites, watch.cursor)


def _parameters() -> dict[str, str]:
    """The query parameters; several `site` parameters are joined."""
    return {**request.args.to_dict(), "site": ",".join(request.args.getlist("site"))}


def _json(content: Any) -> Response:
    return Response(dump(content), mimetype="application/json")


def _add_end(response: Response, end: Cursor) -> None:
    """Add the headers that say up to which message the response is complete."""
    response.headers["X-Last-Id"] = str(end.id)
    response.headers["X-Cursor"] = str(end)
