"""What all operations have in common: errors, headers and ways to send a key, each described once."""

from __future__ import annotations

from typing import Any

from userstatus.access import credentials
from userstatus.connection import REQUEST_ID
from userstatus.description.schemas import ref
from userstatus.errors import BEARER, HINT_HEADERS
from userstatus.message import MAX_BODY_BYTES
from userstatus.web.challenges import BASIC
from userstatus.web.http_server import MAX_BODY_S, MAX_HEAD_S
from userstatus.web.request_head import MAX_HEAD_BYTES, MAX_HEADERS, MAX_LINE_BYTES
from userstatus.web.request_ids import VALID

Json = dict[str, Any]

# The errors, by status: a name, what they mean, and the headers that come with them.
ERRORS: dict[int, tuple[str, str, tuple[str, ...]]] = {
    400: ("Invalid", "a parameter, a header, a field or the body makes no sense", ()),
    401: (
        "KeyNeeded",
        "a key is needed, or the one that was sent is not known, or was revoked",
        ("WWW-Authenticate",),
    ),
    403: ("NotAllowed", "the key may not do this, or the page that sent this is of another origin", ()),
    404: ("NotServed", "nothing is served at this path: the operator has left out this stage", ()),
    408: (
        "Incomplete",
        (
            f"the request did not arrive within {MAX_HEAD_S} seconds, its body within {MAX_BODY_S}, "
            "or it stopped"
        ),
        (),
    ),
    413: (
        "BodyTooLarge",
        f"the body has more than {MAX_BODY_BYTES} bytes, or more messages than may be posted at a time",
        (),
    ),
    414: ("PathTooLong", f"the request's first line has more than {MAX_LINE_BYTES} bytes", ()),
    415: ("UnknownEncoding", "the body's Content-Encoding is unknown", ("Accept-Encoding",)),
    421: ("OtherHost", "the service does not answer to this Host: see ALLOWED_HOSTS", ()),
    426: ("NotAWebSocket", "this is a WebSocket", ("Sec-WebSocket-Version",)),
    429: (
        "TooMuch",
        "more was posted than one may, or keys were refused too often: nothing was done",
        ("Retry-After",),
    ),
    431: (
        "HeadersTooLong",
        (
            f"a header has more than {MAX_LINE_BYTES} bytes, all have more than {MAX_HEAD_BYTES}, "
            f"or there are more than {MAX_HEADERS}"
        ),
        (),
    ),
    503: (
        "Unavailable",
        "the database does not answer, or too many watch or read long responses: try again",
        ("Retry-After",),
    ),
    505: ("UnknownVersion", "the request is of a version of HTTP that is not spoken here", ()),
}
# Errors that a browser which shows an address gets as pages; by 401 it is led to /sign-in.
AS_PAGES = (400, 403, 404, 421, 426, 429, 503)
OF_EVERY_REQUEST = (400, 404, 408, 414, 421, 431, 505)
OF_CLOSED = (*OF_EVERY_REQUEST, 401, 403, 429)  # what may ask for a key, and count wrong ones
OF_READING = (*OF_CLOSED, 503)

HEADERS: dict[str, Json] = {
    REQUEST_ID: {
        "description": "by which the log names the request: the one that was sent, if it is valid",
        "required": True,
        "schema": {"type": "string", "pattern": f"^{VALID.pattern}$"},
    },
    "X-Cursor": {
        "description": "the cursor up to which the response is complete",
        "required": True,
        "schema": ref("Cursor"),
    },
    "X-Last-Id": {"description": "the id in that cursor", "required": True, "schema": ref("Id")},
    "X-Truncated": {"description": "there are more messages", "schema": {"const": "true"}},
    "X-Gap": {"description": "some messages are no longer available", "schema": {"const": "true"}},
    "Retry-After": {
        "description": "seconds after which to try again",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    **{
        name: {"description": "what to send instead", "required": True, "schema": {"const": value}}
        for status in HINT_HEADERS
        for name, value in HINT_HEADERS[status]
    },
    "WWW-Authenticate": {
        "description": (
            "how to send a key: as Bearer, and in a second header as Basic, except to browsers, "
            "which would show a dialog of their own"
        ),
        "required": True,
        "schema": {"enum": [BEARER, BASIC[1], f"{BEARER}, {BASIC[1]}"]},
    },
}

SECURITY: dict[str, Json] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "a key"},
    "basic": {"type": "http", "scheme": "basic", "description": "a key as password, with any user"},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": credentials.COOKIE,
        "description": "of people who have signed in; for reading",
    },
    "query": {
        "type": "apiKey",
        "in": "query",
        "name": "key",
        "description": f"a key, where browsers cannot send a header: {', '.join(credentials.IN_QUERY)}",
    },
}

HTML: Json = {"text/html": {"schema": {"type": "string"}}}  # content
POLICY: Json = {"Content-Security-Policy": {"required": True, "schema": {"type": "string"}}}  # a header
PAGE: Json = {"description": "the page", "headers": POLICY, "content": HTML}


def redirecting(description: str) -> Json:
    """A response that leads elsewhere."""
    return {
        "description": description,
        "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
        "content": HTML,
    }


def form_again(status: int) -> Json:
    """The page on which a key is entered, with why the one that was entered is not taken."""
    hints = {name: {"$ref": f"#/components/headers/{name}"} for name in ERRORS[status][2]}
    return {**PAGE, "description": "the form again, and why", "headers": {**POLICY, **hints}}


def with_request_ids(document: Json) -> Json:
    """The document, with the header that every response has added to each."""
    of_paths = (
        response
        for operations in document["paths"].values()
        for operation in operations.values()
        for response in operation["responses"].values()
    )
    for response in (*of_paths, *document["components"]["responses"].values()):
        if "$ref" not in response:
            named = {REQUEST_ID: {"$ref": f"#/components/headers/{REQUEST_ID}"}}
            response["headers"] = {**response.get("headers", {}), **named}
    return document
