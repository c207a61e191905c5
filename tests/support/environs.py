"""Requests as WSGI environs, and what an application does with them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient

from userstatus.connection import KEY

ID = "id-1"  # of every request


def environ(path: str = "/", method: str = "GET", body: bytes = b"", **others: Any) -> dict[str, Any]:
    """A request from 192.0.2.1; the arguments of every call that ends its connection are in `"hung up"`."""
    hung_up: list[dict[str, Any]] = []
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        KEY: SimpleNamespace(hang_up=lambda **how: hung_up.append(how), request_id=ID, began=0.0),
        "hung up": hung_up,
        **others,
    }


def client_of(app: Flask) -> FlaskClient:
    """A client whose requests come on a connection, as those of the HTTP server do."""
    client = app.test_client()
    environ: dict[str, Any] = client.environ_base
    environ[KEY] = SimpleNamespace(request_id=ID, began=0.0)
    return client


def newlog(content: Any, **others: Any) -> dict[str, Any]:
    """A POST of these bytes, or of this content as JSON, to /newlog."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return environ(**{"path": "/newlog", "method": "POST", "body": body, **others})


class Received(NamedTuple):
    """A response: its status line, its headers in the order of their names, and its body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def respond(
    application: Callable[[dict[str, Any], Any], Iterable[bytes]], environ: dict[str, Any]
) -> Received:
    """The application's response to a request; without one, all of it is empty."""
    started: list[tuple[str, list[tuple[str, str]]]] = [("", [])]
    body = application(environ, lambda status, headers, _exc_info=None: started.append((status, headers)))
    found = b"".join(body)
    getattr(body, "close", lambda: None)()
    status, headers = started[-1]
    return Received(status, sorted(headers), found)
