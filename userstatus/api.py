"""The HTTP endpoints: read what is asked, do it, answer."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from typing import Any, cast

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from userstatus import bodies, green, parameters, wire
from userstatus.cursor import Cursor
from userstatus.errors import Refusal, Unavailable
from userstatus.fanout import Fanout
from userstatus.follower import Follower, Position
from userstatus.journal import Journal
from userstatus.overview import Overview
from userstatus.streams import DataStream, EventStream, Handover, WebSocket
from userstatus.viewers import poll
from userstatus.websocket import accept_key
from userstatus.wire import Stored

log = logging.getLogger(__name__)

JSON = ("Content-Type", "application/json")
LONG = 16 * 1024  # bytes of a body after which whoever posts waits for others' turn
SOME = 20  # messages, the longest of which are in JSON within a turn
SERVED = "/, /watch, /newlog, /recent-logs, /sites, /events, /ws, /datastream and /healthz"

api = Blueprint("api", __name__)


def journal() -> Journal:
    return cast(Journal, current_app.extensions["journal"])


def fanout() -> Fanout:
    return cast(Fanout, current_app.extensions["fanout"])


def follower() -> Follower:
    return cast(Follower, current_app.extensions["follower"])


def overview() -> Overview:
    return cast(Overview, current_app.extensions["overview"])


@api.post("/newlog")
def newlog() -> Response:
    return _answer(post(journal(), request.environ))


def post(journal: Journal, environ: dict[str, Any]) -> dict[str, Any]:
    """Store what a POST to /newlog brings, and return the content of the answer. Raises Refusal."""
    if "userstatus.failed" in environ:
        raise environ["userstatus.failed"]  # on the shortcut
    posted = _messages(environ)
    ids = journal.append(posted.messages)
    if posted.warnings:
        count, first = len(posted.warnings), posted.warnings[0]
        log.info("corrected what %s posted in %d places, like this: %s", environ["REMOTE_ADDR"], count, first)
    return posted.accepted(ids)


def _messages(environ: dict[str, Any]) -> wire.Posted:
    body = bodies.read(environ)
    if len(body) > LONG:
        green.after_others()  # reading many messages takes as long as everybody else's turn
    try:
        return wire.read_messages(body, time.time(), green.Turn().share)
    except Refusal:
        bodies.refuse_forms(environ, body)
        raise


class Shortcut:
    """WSGI middleware: a POST to /newlog, without all that Flask does for a request.

    Which is a third of what a POST costs. What is stored and answered is the same; what is refused is left
    to Flask, that has the words for it.
    """

    def __init__(
        self, application: Any, journal: Journal, cors_headers: Any, check: Any, paths: Container[str]
    ):
        self.application = application
        self.journal = journal
        self.cors_headers = cors_headers
        self.check = check
        self.paths = paths

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] not in self.paths or environ["REQUEST_METHOD"] != "POST":
            # Who posts goes first, as Flask takes a millisecond, and many may ask at once; but who watches is
            # not kept from coming back after a restart.
            if "HTTP_UPGRADE" not in environ:
                green.after_others()
            return self.application(environ, start_response)
        try:
            self.check(environ)
            answer = wire.dump(post(self.journal, environ)).encode()
        except Exception as error:
            environ["userstatus.failed"] = error
            return self.application(environ, start_response)
        start_response("200 OK", [JSON, ("Content-Length", str(len(answer))), *self.cors_headers(environ)])
        return [answer]


@api.get("/recent-logs")
def recent_logs() -> Response:
    query = parameters.read_query(_parameters(), now=time.time())
    wait = parameters.read_wait(request.args.get("wait", "0"))
    cursor = parameters.read_cursor(request.args.get("after_id")) or Cursor(0)
    generation = -1
    while generation != follower().generation:  # where the log is replaced meanwhile, in the new one
        generation = follower().generation
        position = follower().locate(query.sites, cursor) if cursor.id else Position(0, False, False)
        query = query._replace(after_id=position.id)
        found, truncated, end = poll(query, wait, journal().reader, follower(), fanout())
        wait = 0
    response = _long_answer(found)
    response.headers["X-Last-Id"] = str(end.id)
    response.headers["X-Cursor"] = str(end)
    if truncated:
        response.headers["X-Truncated"] = "true"
    if position.gap:
        response.headers["X-Gap"] = "true"
    return response


@api.get("/events")
def events() -> Response:
    watch = parameters.read_watch(_parameters(), request.headers.get("Last-Event-ID"))
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    chunked = request.environ["SERVER_PROTOCOL"] != "HTTP/1.0"
    return Handover(EventStream(watch, _position(watch), fanout(), follower(), chunked))


@api.get("/ws", websocket=True)
def ws() -> Response:
    return _websocket(WebSocket)


@api.get("/datastream", websocket=True)
def datastream() -> Response:
    return _websocket(DataStream)


@api.get("/ws")
@api.get("/datastream")
def not_a_websocket() -> Response:
    raise Refusal(f"{request.path} is a WebSocket: connect to it with ws:// or wss://", status=426)


def _websocket(kind: type[WebSocket]) -> Response:
    current_app.extensions["origins"](request.environ)
    watch = parameters.read_watch(_parameters())
    accepted = accept_key(request.environ)
    return Handover(kind(watch, _position(watch), fanout(), follower(), journal(), accepted))


def _position(watch: parameters.Watch) -> Position | None:
    return watch.cursor and follower().locate(watch.sites, watch.cursor)


def _parameters() -> dict[str, str]:
    """The query, in which `site` may come several times."""
    return {**request.args.to_dict(), "site": ",".join(request.args.getlist("site"))}


@api.get("/sites")
def sites() -> Response:
    wanted, step = parameters.read_glance(_parameters())
    cursor = follower().cursor
    pieces = _array(_glances(overview(), wanted, step))
    begun = list(itertools.islice(pieces, 3))
    all_of_them = begun if len(begun) < 3 else itertools.chain(begun, pieces)  # the rest as it is sent
    response = Response(all_of_them, mimetype="application/json")
    response.headers["X-Last-Id"] = str(cursor.id)
    response.headers["X-Cursor"] = str(cursor)
    return response


def _glances(overview: Overview, sites: Collection[str], step: int | None) -> Iterator[str]:
    """Each site as it is when its turn comes, in JSON."""
    for glance in overview.glances(sites):
        shape = wire.site_shape(*glance)
        if step is not None:
            shape["activity"] = overview.activity(glance.site, step)._asdict()
        yield wire.dump(shape)


def _long_answer(messages: Sequence[Stored]) -> Response:
    """An answer whose memory is taken before it is made, and given back once it is sent. Raises Busy."""
    share = journal().reader.hold(messages)
    try:
        pieces = list(_array(_encoded(messages)))
    except BaseException:
        share.give_back()
        raise
    if share.size:
        share.resize(sum(map(len, pieces)))
    response = Response(pieces, mimetype="application/json")
    if request.method == "HEAD":  # whose answer is never closed
        share.give_back()
    else:
        response.call_on_close(share.give_back)
    return response


def _encoded(messages: Sequence[Stored]) -> Iterator[str]:
    """Messages in JSON, some at a time."""
    for start in range(0, len(messages), SOME):
        yield wire.dump([wire.http_shape(message) for message in messages[start : start + SOME]])[1:-1]


def _array(elements: Iterable[str]) -> Iterator[bytes]:
    """A JSON array of elements that are in JSON already, in pieces that hold up nobody."""
    before = b"["
    for some in green.in_turns(elements):
        yield before + ",".join(some).encode()
        before = b","
    yield b"[]" if before == b"[" else b"]"


@api.get("/healthz")
def healthz() -> Response:
    current_app.extensions["health"].check()
    return _answer({"status": "ok"})


@api.app_errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    reason = refusal.reason if isinstance(refusal, Unavailable) else refusal.error
    log.warning("refused %s %s from %s: %s", request.method, request.path, request.remote_addr, reason)
    response = _answer(refusal.as_json(), refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    if refusal.status == 415:
        response.headers["Accept-Encoding"] = bodies.ENCODINGS
    return response


@api.app_errorhandler(HTTPException)
def not_served(error: HTTPException) -> Response:
    """What Flask refuses by itself, in the same shape as everything else."""
    if isinstance(error, NotFound):
        return _answer({"error": f"nothing is served at {request.path}: see {SERVED}"}, 404)
    if isinstance(error, MethodNotAllowed):
        allowed = ", ".join(sorted(error.valid_methods or ()))
        response = _answer({"error": f"{request.path} does not take {request.method}: use {allowed}"}, 405)
        response.headers["Allow"] = allowed
        return response
    return _answer({"error": error.description}, error.code or 500)


@api.app_errorhandler(Exception)
def failed(error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.path, exc_info=error)
    return _answer({"error": "the server failed to do this, its log says why"}, 500)


def _answer(content: Any, status: int = 200) -> Response:
    return Response(wire.dump(content), status, mimetype="application/json")
