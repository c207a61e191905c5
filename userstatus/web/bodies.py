"""Reads a request's body, up to the limit, and decompresses it.

The Content-Type is ignored, as telescopes send none and `curl -d` sends a wrong one. It only helps to explain
why a body is not a valid message.
"""

from __future__ import annotations

import zlib
from typing import Any

from userstatus.connection import connection_of
from userstatus.errors import Rejection
from userstatus.message import MAX_BODY_BYTES

ENCODINGS = "gzip, deflate"
ZLIB_OR_GZIP = zlib.MAX_WBITS | 32  # distinguished by their first bytes
RAW = -zlib.MAX_WBITS  # sent as deflate by some clients
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def read(environ: dict[str, Any]) -> bytes:
    """The body of a WSGI request. Raises Rejection."""
    try:
        body: bytes = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
        whole = len(body) >= min(int(environ.get("CONTENT_LENGTH") or 0), MAX_BODY_BYTES)
    except (OSError, ValueError):
        whole = False
    if not whole:
        connection_of(environ).hang_up()  # the rest of this connection cannot be parsed any more
        raise Rejection("the body did not arrive whole: send it again", status=408)
    if "HTTP_CONTENT_ENCODING" in environ and len(body) <= MAX_BODY_BYTES:
        body = _inflated(body, environ["HTTP_CONTENT_ENCODING"])
    if len(body) > MAX_BODY_BYTES:
        raise Rejection(f"the body has more than {MAX_BODY_BYTES} bytes: send less at a time", status=413)
    return body


def reject_forms(environ: dict[str, Any], body: bytes) -> None:
    """If a form was sent, reject it and say what to send instead. Raises Rejection."""
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind in FORMS and not body.lstrip().startswith((b"{", b"[")):
        raise Rejection(
            f'the body is a form ({kind}): send JSON, like {{"site": "tst", "log_message": "Slewing..."}}'
        )


def _inflated(body: bytes, encoding: str) -> bytes:
    """The decompressed body, cut one byte above the limit. Raises Rejection."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in ("gzip", "x-gzip", "deflate"):
        raise Rejection(
            f"Content-Encoding is {encoding[:40]!r}: send {ENCODINGS.replace(',', ' or')}, or none",
            status=415,
        )
    raw = name == "deflate" and body[:1] != b"\x78"  # as RFC 1950 requires for windows of 32 KB
    inflating = zlib.decompressobj(RAW if raw else ZLIB_OR_GZIP)
    try:
        found = inflating.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise Rejection(f"the body is not {name} ({error}): send it again") from None
    if len(found) <= MAX_BODY_BYTES and (not inflating.eof or inflating.unused_data):
        raise Rejection(f"the body is not one whole {name}: send it again")
    return found
