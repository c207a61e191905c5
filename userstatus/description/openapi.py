"""The OpenAPI 3.1 description of the HTTP API: a route is an entry in `_operations`."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from userstatus import __version__
from userstatus.description.responses import (
    AS_PAGES,
    ERRORS,
    HEADERS,
    HTML,
    OF_CLOSED,
    OF_EVERY_REQUEST,
    OF_READING,
    PAGE,
    SECURITY,
    form_again,
    redirecting,
    with_request_ids,
)
from userstatus.description.schemas import (
    COMMON,
    OF_HTTP,
    SITES_PATTERN,
    SITES_TEXT,
    array,
    matching,
    ref,
)
from userstatus.live.frames import VERSION
from userstatus.live.sse import RECONNECT_MS
from userstatus.message import CURSOR, LEVEL_OF, MAX_BODY_BYTES, MAX_MESSAGES
from userstatus.store.expiry import DAY_S
from userstatus.store.overview import MINUTE_S, QUARTER_S
from userstatus.web.parameters import MAX_ROWS, MAX_WAIT_S

Json = dict[str, Any]

END_OF_LOG = ("X-Cursor", "X-Last-Id")  # headers
SERVERS = {
    "/": "prod",
    "/logs": "prod, at the predecessor's path",
    "/dev": "dev: a second, complete service with a log of its own",
}
TAGS = {
    "messages": "Posting and reading messages",
    "sites": "Statistics of sites",
    "live": "Messages as they come; see asyncapi.json",
    "service": "The service itself",
    "pages": "Pages for people",
}
SECONDS = r"-?[0-9]{1,11}(\.[0-9]+)?"  # Unix time, as everybody should send it
ABOUT = (
    "Every response has CORS headers, errors included. A GET is answered to HEAD as well, without a body; "
    "OPTIONS says what a path takes, and a slash at its end changes nothing. A browser that shows an address "
    "gets errors as a page. An error with status 500 is a bug. Messages as they come are described by "
    "asyncapi.json."
)


def document() -> Json:
    """The whole description, as an object to be written as JSON or YAML."""
    return with_request_ids(deepcopy(_document()))  # nobody shares what is in the tables above


def _document() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "userstatus",
            "version": __version__,
            "summary": "Transient status messages of an observatory",
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": url, "description": text} for url, text in SERVERS.items()],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "security": [{}, *({name: []} for name in SECURITY)],  # {}: open to everybody by default
        "paths": _paths(),
        "components": {
            "securitySchemes": SECURITY,
            "schemas": COMMON | OF_HTTP,
            "headers": HEADERS,
            "responses": {content[0]: _error(status, *content) for status, content in ERRORS.items()},
        },
    }


def _paths() -> Json:
    paths = _operations()
    for item in paths.values():  # whatever a person may open leads to where a key can be entered
        if "401" in item.get("get", {}).get("responses", {}):
            item["get"]["responses"]["303"] = redirecting("to /sign-in, for a person who needs a key")
    return paths


def _operations() -> Json:
    return {
        "/newlog": {"post": _newlog()},
        "/recent-logs": {"get": _recent_logs()},
        "/sites": {"get": _site_summaries()},
        "/activity": {"get": _activity()},
        "/events": {"get": _events()},
        "/ws": {"get": _websocket("ws", "A plain WebSocket")},
        "/datastream": {"get": _websocket("datastream", "A WebSocket in the Photon Ranch format")},
        "/healthz": {"get": _probe("healthz", "Health", "Whether messages can be read and stored")},
        "/readyz": {"get": _probe("readyz", "Ready", "Whether requests are wanted")},
        "/metrics": {"get": _metrics()},
        "/openapi.json": {"get": _description("openapi", "OpenAPI")},
        "/asyncapi.json": {"get": _description("asyncapi", "AsyncAPI")},
        "/docs": {"get": _page("docs", "The descriptions of this service, to be read")},
        "/": {"get": _wall()},
        "/watch": {"get": _watch_everything()},
        "/sign-in": {"get": _sign_in_form(), "post": _sign_in()},
        "/sign-out": {"post": _sign_out()},
        "/watch/{sites}": {"get": _page("watch", "The live log of sites", [_sites_in_path()])},
    }


def _site_summaries() -> Json:
    parameters = [
        _sites(f"only these: {SITES_TEXT}"),
        _parameter("activity", _steps(MINUTE_S), "also the counts of each interval of this many seconds"),
    ]
    answers = {200: _json(array(ref("SiteSummary")), "the sites", END_OF_LOG)}
    summary = "Every site with messages that have not expired"
    return _operation("sites", "sites", summary, parameters, answers, OF_CLOSED)


def _activity() -> Json:
    parameters = [
        _sites(SITES_TEXT),
        _parameter("step", _steps(QUARTER_S) | {"default": QUARTER_S}, "seconds of an interval"),
    ]
    answers = {200: _json(ref("History"), "the counts", END_OF_LOG)}
    summary = "The number of messages in each interval, for several sites together"
    return _operation("activity", "sites", summary, parameters, answers, OF_CLOSED)


def _probe(name: str, schema: str, summary: str) -> Json:
    answers = {200: _json(ref(schema), "it is so")}
    errors = {*OF_EVERY_REQUEST, 503} - {421}  # load balancers ask by address
    return _operation(name, "service", summary, [], answers, errors)


def _metrics() -> Json:
    text = {
        "description": "the metrics, in the text format of Prometheus",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
    return _operation("metrics", "service", "What Prometheus asks for", [], {200: text}, OF_CLOSED)


def _description(kind: str, name: str) -> Json:
    answers = {200: _json({"type": "object", "required": [kind]}, "the description")}
    summary = f"This service, as described by {name}"
    return _operation(kind, "service", summary, [], answers, OF_CLOSED)


def _watch_everything() -> Json:
    answers = {302: redirecting("to /watch/*")}
    return _operation(
        "watch_everything", "pages", "Leads to the live log of every site", [], answers, OF_CLOSED
    )


def _sign_in() -> Json:
    form = {
        "type": "object",
        "properties": {"key": {"type": "string"}, "next": {"type": "string"}},
        "required": ["key"],
    }
    found = _operation(
        "sign_in",
        "pages",
        "Sign in with a key, which the browser keeps in a cookie",
        [],
        {303: redirecting("to the page `next`"), 401: form_again(401), 429: form_again(429)},
        (*OF_EVERY_REQUEST, 403, 413, 415),
    )
    content = {"application/x-www-form-urlencoded": {"schema": form}}
    return {**found, "requestBody": {"description": "A form.", "required": True, "content": content}}


def _sign_out() -> Json:
    answers = {303: redirecting("to /sign-in")}
    return _operation("sign_out", "pages", "Forget the key", [], answers, (*OF_EVERY_REQUEST, 403))


def _newlog() -> Json:
    accepted = {"oneOf": [ref("Accepted"), ref("AcceptedTogether")]}
    found = _operation(
        "newlog",
        "messages",
        f"Post a message, or an array of up to {MAX_MESSAGES}",
        [],
        {200: _json(accepted, "committed to the database; `ids` for an array")},
        (*OF_CLOSED, 413, 415, 503),
    )
    found["requestBody"] = {
        "description": f"JSON of at most {MAX_BODY_BYTES} bytes, whatever its Content-Type. It may be "
        "compressed (Content-Encoding: gzip or deflate). An array is stored as a whole, or not at all.",
        "required": True,
        "content": {"application/json": {"schema": {"oneOf": [ref("NewMessage"), ref("NewMessages")]}}},
    }
    return found


def _recent_logs() -> Json:
    messages = array(ref("Message"), maxItems=MAX_ROWS)
    answers = {200: _json(messages, "the messages", (*END_OF_LOG, "X-Truncated", "X-Gap"))}
    summary = "Recent messages in chronological order"
    parameters = [_sites(SITES_TEXT, required=True), *_bounds(), *_choice()]
    return _operation("recent_logs", "messages", summary, parameters, answers, OF_READING)


def _bounds() -> list[Json]:
    """The parameters that say from where to where messages are read."""
    seconds, cursor = matching(SECONDS), matching(CURSOR.pattern)
    return [
        _parameter(
            "after_time",
            seconds,
            f"only messages from this time on, by `timestamp`; by default, of the last {DAY_S} seconds",
        ),
        _parameter("after_id", cursor, "only messages after the one with this cursor or id"),
        _parameter("before_id", cursor, "only messages with an id smaller than this, or this cursor's"),
        _parameter("received_after", seconds, "only messages received after this time"),
        _parameter("received_before", seconds, "only messages received before this time"),
    ]


def _choice() -> list[Json]:
    """The parameters that say which of these messages are wanted, and when."""
    seconds = {"type": "number", "minimum": 0, "maximum": MAX_WAIT_S}
    rows = {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": MAX_ROWS}
    level = "|".join(LEVEL_OF)
    return [
        _parameter("order", {"const": "oldest"}, "if there are more than `limit`, the oldest of them"),
        _parameter("wait", seconds, "seconds to wait for a message, if there is none"),
        _parameter(
            "log_level", matching(f"({level})(,({level}))*"), "only these levels, separated by commas"
        ),
        _parameter("limit", rows, "at most this many messages, the newest ones"),
    ]


def _events() -> Json:
    stream = {
        "description": f"server-sent events, without end; browsers reconnect after {RECONNECT_MS} ms",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
    parameters = [
        *_resuming(),
        _parameter("Last-Event-ID", matching(CURSOR.pattern), "overrides `after_id`", where="header"),
        _parameter("lastEventId", matching(CURSOR.pattern), "for libraries that cannot send the header"),
    ]
    return _operation("events", "live", "Server-sent events", parameters, {200: stream}, OF_READING)


def _websocket(name: str, summary: str) -> Json:
    return _operation(
        name,
        "live",
        summary,
        _resuming(),
        {101: {"description": f"the WebSocket is open (version {VERSION})"}},
        (*OF_READING, 426),
    )


def _page(name: str, summary: str, parameters: Iterable[Json] = ()) -> Json:
    return _operation(name, "pages", summary, parameters, {200: PAGE}, OF_CLOSED)


def _wall() -> Json:
    found = _page("wall", "The wall: a tile for every site")
    found["responses"]["302"] = redirecting("to the sites of the key, if it is for some only")
    return found


def _sign_in_form() -> Json:
    return _operation("sign_in_form", "pages", "Where a key is entered", [], {200: PAGE}, OF_EVERY_REQUEST)


def _operation(
    name: str,
    tag: str,
    summary: str,
    parameters: Iterable[Json],
    answers: dict[int, Json],
    errors: Iterable[int],
) -> Json:
    found: Json = {"operationId": name, "tags": [tag], "summary": summary}
    if parameters := list(parameters):
        found["parameters"] = parameters
    rejections = {
        status: {"$ref": f"#/components/responses/{ERRORS[status][0]}"} for status in sorted(errors)
    }
    found["responses"] = {str(status): response for status, response in (answers | rejections).items()}
    return found


def _parameter(name: str, schema: Json, description: str, *, where: str = "query", **more: Any) -> Json:
    return {"name": name, "in": where, "description": description, "schema": schema, **more}


def _sites(description: str, **more: Any) -> Json:
    return _parameter("site", {"type": "string", "pattern": SITES_PATTERN}, description, **more)


def _sites_in_path() -> Json:
    schema = {"type": "string", "pattern": SITES_PATTERN}
    return _parameter("sites", schema, SITES_TEXT, where="path", required=True)


def _resuming() -> list[Json]:
    """The parameters of whatever delivers messages as they come."""
    return [
        _sites(SITES_TEXT, required=True),
        _parameter(
            "after_id",
            matching(f"({CURSOR.pattern})?"),
            "the cursor of the last message that was seen, or empty if none was",
            allowEmptyValue=True,
        ),
    ]


def _steps(unit: int) -> Json:
    return {"type": "integer", "enum": [step for step in range(unit, DAY_S + 1, unit) if not DAY_S % step]}


def _json(schema: Json, description: str, headers: Iterable[str] = ()) -> Json:
    found: Json = {"description": description, "content": {"application/json": {"schema": schema}}}
    if named := {name: {"$ref": f"#/components/headers/{name}"} for name in headers}:
        found["headers"] = named
    return found


def _error(status: int, _name: str, description: str, headers: Iterable[str]) -> Json:
    found = _json(ref("Error"), description, headers)
    if status in AS_PAGES:
        found["content"] |= HTML
    return found
