"""The HTTP endpoints: read what is asked, do it, answer."""

from __future__ import annotations

import logging
import time
from typing import Any, cast

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from userstatus import wire
from userstatus.errors import Refusal, Unavailable
from userstatus.follower import Follower
from userstatus.journal import Journal

log = logging.getLogger(__name__)

SERVED = "/newlog, /recent-logs, /sites and /healthz"

api = Blueprint("api", __name__)


def journal() -> Journal:
    return cast(Journal, current_app.extensions["journal"])


def follower() -> Follower:
    return cast(Follower, current_app.extensions["follower"])


@api.post("/newlog")
def newlog() -> Response:
    posted = wire.read_messages(_body(), now=time.time())
    ids = journal().append(posted.messages)
    for warning in posted.warnings:
        log.info("mended a message from %s: %s", request.remote_addr, warning)
    return _answer(posted.accepted(ids))


@api.get("/recent-logs")
def recent_logs() -> Response:
    sites = ",".join(request.args.getlist("site"))
    query = wire.read_query({**request.args.to_dict(), "site": sites}, now=time.time())
    found, truncated = journal().recent(query)
    response = _answer([wire.http_shape(message) for message in found])
    if truncated:
        response.headers["X-Truncated"] = "true"
    if query.after_id and follower().gap(query.sites, query.after_id):
        response.headers["X-Gap"] = "true"
    return response


@api.get("/sites")
def sites() -> Response:
    return _answer([wire.site_shape(*each) for each in journal().overview(since=time.time() - wire.DAY)])


@api.get("/healthz")
def healthz() -> Response:
    journal().last_id()
    return _answer({"status": "ok"})


@api.app_errorhandler(Refusal)
def refused(refusal: Refusal) -> Response:
    reason = refusal.reason if isinstance(refusal, Unavailable) else refusal.error
    log.warning("refused %s %s from %s: %s", request.method, request.path, request.remote_addr, reason)
    response = _answer(refusal.as_json(), refusal.status)
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
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


def _body() -> bytes:
    """The request's body, whatever the Content-Type says. Raises Refusal."""
    try:
        body: bytes = request.environ["wsgi.input"].read(wire.MAX_BODY + 1)
        whole = len(body) >= min(request.content_length or 0, wire.MAX_BODY)
    except (OSError, ValueError):
        whole = False
    if not whole:
        request.environ["userstatus.hang_up"]()  # what else comes on this connection makes no sense
        raise Refusal("the body did not arrive whole: send it again", status=408)
    if len(body) > wire.MAX_BODY:
        raise Refusal(f"the body has more than {wire.MAX_BODY} bytes: send less at a time", status=413)
    return body


def _answer(content: Any, status: int = 200) -> Response:
    return Response(wire.dump(content), status, mimetype="application/json")
