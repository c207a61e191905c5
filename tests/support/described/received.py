"""What all clients of this process have received, and how the clients' libraries tell of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import pytest
import requests
import sseclient
import websocket
from playwright import sync_api as playwright
from playwright.sync_api import Browser, BrowserContext, Response
from playwright.sync_api import WebSocket as WebSocketOfAPage
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from websocket import ABNF, WebSocket

from tests.support.described.answers import JSON, Answer, Answers
from tests.support.described.frames import Frames, packets
from tests.support.described.schemas import Undescribed
from userstatus.description import asyncapi, openapi

SOCKETIO = "/socket.io/"


class Received:
    """The names of all that has come, and what has come although the documents do not name it."""

    def __init__(self, answers: Answers, frames: Frames):
        self.answers = answers
        self.frames = frames
        self.names: set[str] = set()
        self.wrong: list[str] = []

    def missing(self, names: set[str]) -> list[str]:
        """What the documents name, and is not among these names."""
        return sorted((self.answers.named() | self.frames.named()) - names)

    def complain(self) -> None:
        """Raise an AssertionError if anything undescribed has come since the last time."""
        wrong, self.wrong = self.wrong, []
        assert not wrong, "undescribed (see docs/openapi.yaml and docs/asyncapi.yaml):\n" + "\n".join(
            wrong[:20]
        )

    def answer(self, answer: Answer) -> None:
        try:
            self.names |= self.answers.compare(answer)
        except Undescribed as error:
            self.wrong.append(str(error))

    def frame(self, channel: str, text: str, event: str = "") -> None:
        """A frame that came over a channel; `event` is the name of a server-sent event."""
        try:
            self._note(self.frames.compare(channel, text, event))
        except Undescribed as error:
            self.wrong.append(f"{channel}: {error}")

    def sent(self, channel: str, text: str) -> None:
        """A frame that a client sends; it may as well be one that nobody should send."""
        self._note(self.frames.sent(channel, text, self.names))

    def _note(self, name: str | None) -> None:
        if name is not None:
            self.names.add(name)


RECEIVED = Received(Answers(openapi.document()), Frames(asyncapi.document()))


def listen(received: Received, patches: pytest.MonkeyPatch) -> None:
    """Have every client of these libraries tell what it receives."""
    _listen_to_requests(received, patches)
    _listen_to_websockets(received, patches)
    _listen_to_browsers(received, patches)
    events = sseclient.SSEClient.events

    def told(client: Any) -> Iterator[Any]:
        for event in events(client):
            received.frame("events", event.data, event.event or "")
            yield event

    patches.setattr(sseclient.SSEClient, "events", told)


def _listen_to_requests(received: Received, patches: pytest.MonkeyPatch) -> None:
    send = HTTPAdapter.send

    def told(
        adapter: HTTPAdapter, request: requests.PreparedRequest, stream: bool = False, **options: Any
    ) -> requests.Response:
        response = send(adapter, request, stream=stream, **options)
        body = None if stream and response.ok else response.content  # which requests would read next, anyway
        method, target = str(request.method), request.path_url
        received.answer(Answer(method, target, response.status_code, response.headers, body))
        if SOCKETIO in target and response.ok and body is not None:
            _polled(received, request, body)
        return response

    patches.setattr(HTTPAdapter, "send", told)


def _polled(received: Received, request: requests.PreparedRequest, body: bytes) -> None:
    """What a client of Socket.IO got, or sent, by a long poll."""
    if request.method == "GET":
        for packet in packets(body.decode()):
            received.frame("socketio", packet)
    elif request.method == "POST" and request.body:
        for packet in packets(_text(request.body)):
            received.sent("socketio", packet)


def _channel(url: str) -> str:
    path = urlsplit(url).path.rstrip("/")
    return "socketio" if path.endswith("/socket.io") else path.rpartition("/")[2]


def _listen_to_websockets(received: Received, patches: pytest.MonkeyPatch) -> None:
    channels: WeakKeyDictionary[WebSocket, str] = WeakKeyDictionary()
    connect, receive, send = WebSocket.connect, WebSocket.recv_data_frame, WebSocket.send

    def connected(client: WebSocket, url: str, **options: Any) -> None:
        channels[client] = _channel(url)
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}"
        try:
            connect(client, url, **options)  # type: ignore[no-untyped-call]
        except websocket.WebSocketBadStatusException as error:
            headers = CaseInsensitiveDict(error.resp_headers or {})
            received.answer(Answer("GET", target, error.status_code, headers, error.resp_body or None))
            raise
        headers = CaseInsensitiveDict(client.getheaders() or {})
        received.answer(Answer("GET", target, 101, headers))

    def came(client: WebSocket, control_frame: bool = False) -> tuple[int, Any]:
        opcode, frame = receive(client, control_frame)
        if opcode in (ABNF.OPCODE_TEXT, ABNF.OPCODE_BINARY):
            received.frame(channels[client], _text(frame.data))
        return opcode, frame

    def sent(client: WebSocket, payload: Any, opcode: int = ABNF.OPCODE_TEXT) -> int:
        if opcode == ABNF.OPCODE_TEXT:
            received.sent(channels[client], _text(payload))
        return send(client, payload, opcode)

    patches.setattr(WebSocket, "connect", connected)
    patches.setattr(WebSocket, "recv_data_frame", came)
    patches.setattr(WebSocket, "send", sent)


def _listen_to_browsers(received: Received, patches: pytest.MonkeyPatch) -> None:
    """Without server-sent events, of which Playwright tells nothing."""
    new_context = Browser.new_context

    def answered(response: Response) -> None:
        parts = urlsplit(response.url)
        if parts.scheme == "http":
            target, headers = f"{parts.path}?{parts.query}", CaseInsensitiveDict(response.headers)
            method, body = response.request.method, _body(response)
            received.answer(Answer(method, target, response.status, headers, body))

    def connected(socket: WebSocketOfAPage) -> None:
        channel = _channel(socket.url)
        socket.on("framereceived", lambda text: received.frame(channel, _text(text)))
        socket.on("framesent", lambda text: received.sent(channel, _text(text)))

    def told(browser: Browser, **options: Any) -> BrowserContext:
        context = new_context(browser, **options)
        context.on("response", answered)
        context.on("page", lambda page: page.on("websocket", connected))
        return context

    patches.setattr(Browser, "new_context", told)


def _body(response: Response) -> bytes | None:
    """The body of an answer in JSON, if it has come before its page has gone."""
    if not response.headers.get("content-type", "").startswith(JSON):
        return None
    with suppress(playwright.Error):
        return response.body()
    return None


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode()
