"""Credentials: the secrets that a request carries, wherever a client can put them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from userstatus.redaction import PREFIX

COOKIE = "userstatus_key"
IN_QUERY = ("/events", "/ws", "/datastream", "/socket.io")  # browsers cannot send a header there
MAX_CHARS = 256  # of a secret


def presented(environ: Mapping[str, Any]) -> str | None:
    """The secret that a client has sent on purpose; None if there is none that could be a key of ours.

    It is that of `Authorization: Bearer`, the password of `Authorization: Basic`, or the parameter `key` of
    endpoints to which browsers cannot send headers. `environ` is a WSGI environ.
    """
    header, query = environ.get("HTTP_AUTHORIZATION"), environ.get("QUERY_STRING", "")
    if header and (secret := ours(_in_header(header))) is not None:
        return secret  # any other one is meant for a proxy in front
    if "key=" in query and environ["PATH_INFO"].startswith(IN_QUERY):
        return ours(next((value for name, value in parse_qsl(query) if name == "key"), ""))
    return None


def of_reader(environ: Mapping[str, Any]) -> str | None:
    """The same, or the secret in the cookie of somebody who has signed in, which is for reading alone."""
    secret = presented(environ)
    if secret is None and COOKIE in environ.get("HTTP_COOKIE", "") and is_own_page(environ):
        return ours(_in_cookie(environ["HTTP_COOKIE"]))
    return secret


def ours(secret: str) -> str | None:
    """A secret that could be a key of ours; None for any other, which is meant for somebody else.

    One rule for every way in which a request can carry one. On the form for signing in, whatever is entered
    is meant for this service.
    """
    return secret[:MAX_CHARS] if secret.startswith(PREFIX) else None


def _in_header(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            decoded = base64.b64decode(value.strip()[: 4 * MAX_CHARS], validate=True).decode()
        except (binascii.Error, ValueError):
            return ""
        return decoded.rpartition(":")[2]
    return ""


def _in_cookie(header: str) -> str:
    # Our values need no quoting. Python's SimpleCookie takes time that grows with the square of a quoted one.
    cookies = (part.strip().partition("=") for part in header.split(";"))
    return next((value for name, _, value in cookies if name == COOKIE), "")


def is_own_page(environ: Mapping[str, Any]) -> bool:
    """Whether a request comes from a page of this service, or from no page at all.

    A browser sends the cookie with whatever a page asks for; pages of other origins must not make use of it.
    """
    origin = environ.get("HTTP_ORIGIN")
    own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
    if origin is not None and origin.lower() != own.lower():
        return False
    return environ.get("HTTP_SEC_FETCH_SITE", "none") in ("none", "same-origin")
