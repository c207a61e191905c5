"""The router: sanitizes every request and passes it to the service of the stage in its path.

`/logs` and `/dev` are the predecessor's base paths. They are removed from the path, and become the prefix of
all links in a page (SCRIPT_NAME in PEP 3333).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from flask import Response

from userstatus.connection import REQUEST_ID, connection_of
from userstatus.errors import Rejection
from userstatus.settings import DEV, PROD
from userstatus.web import rejections
from userstatus.web.hosts import Hosts
from userstatus.web.http_server import NOSNIFF
from userstatus.web.middleware import Application

Reject = Callable[[Rejection, dict[str, Any]], Response]
STAGE_OF = {"/logs": PROD, "/dev": DEV}
CONTROL = re.compile(r"[\0-\x1f\x7f]+")
SLASHES = re.compile("//+")


class Router:
    """The WSGI application in front of all stages; prod is always one of them.

    `reject` makes the response to a request that is for none of them, or for another host.
    """

    def __init__(self, stages: Mapping[str, Application], hosts: Hosts, reject: Reject):
        self.stages = stages
        self.hosts = hosts
        self.reject = reject

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        clean(environ)
        try:
            self.hosts.check(environ)
        except Rejection as rejection:
            return self._reject(environ, start_response, rejection)
        path = environ["PATH_INFO"]
        prefix = path[: path.find("/", 1)] if "/" in path[1:] else path
        stage = STAGE_OF.get(prefix)
        if stage is None:
            return self.stages[PROD](environ, start_response)
        if stage not in self.stages:
            return self._reject(environ, start_response, not_served(prefix))
        environ["SCRIPT_NAME"] = prefix
        environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return self.stages[stage](environ, start_response)

    def _reject(self, environ: dict[str, Any], start_response: Any, rejection: Rejection) -> Iterable[bytes]:
        response = self.reject(rejections.of(rejection, environ), environ)
        response.headers.add(*NOSNIFF)
        response.headers.add(REQUEST_ID, connection_of(environ).request_id)
        return response(environ, start_response)


def not_served(prefix: str) -> Rejection:
    error = (
        f"nothing is served below {prefix}, as STAGES does not name {STAGE_OF[prefix]}: "
        "leave out the prefix, or have the operator add the stage"
    )
    return Rejection(error, status=404)


def clean(environ: dict[str, Any]) -> None:
    """Remove or replace what the rest of the application does not expect in a WSGI environ.

    Control characters are removed from header values, and the query becomes ASCII. Repeated slashes in the
    path become one: they result from joining a base URL and a path, and a redirect to such a path would lead
    to another host.
    """
    # Compression would cost 100 KB per viewer, and encoding each message for each viewer instead of once.
    environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    # Without "Connection: upgrade" it means nothing (RFC 9110, section 7.8), and Engine.IO fails on it.
    if "HTTP_UPGRADE" in environ:
        options = environ.get("HTTP_CONNECTION", "").lower().split(",")
        if "upgrade" not in (option.strip() for option in options):
            del environ["HTTP_UPGRADE"]
    for name, value in environ.items():
        if name.startswith("HTTP_") and not value.isprintable():
            environ[name] = CONTROL.sub(" ", value)
    if "//" in environ["PATH_INFO"]:
        environ["PATH_INFO"] = SLASHES.sub("/", environ["PATH_INFO"])
    scheme = environ.pop("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
    if scheme in ("http", "https"):
        environ["HTTP_X_FORWARDED_PROTO"] = scheme
    query = environ.get("QUERY_STRING", "")
    if not query.isascii():
        environ["QUERY_STRING"] = quote(query.encode("latin-1"), safe="%/:?#[]@!$&'()*+,;=~")
