"""Whom alerts call: a real HTTP server and a real SMTP server."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler

from tests.support.service import free_port, wait_until


class Phone:
    """A web hook and an ntfy server: keeps the texts of the calls it gets, unless it is out of order."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.calls: list[str] = []
        self.refused = 0
        self.status = 200
        self.hangs = False  # when it is set back, all that hang are answered
        self.ringing: set[socket.socket] = set()  # whoever calls, and has not given up

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/secret-of-the-hook"

    @property
    def ntfy(self) -> str:
        return f"ntfy://127.0.0.1:{self.port}/secret-topic"

    def got(self, text: str, times: int = 1) -> bool:
        """Whether a text is in this many calls at least."""
        return sum(text in call for call in self.calls) >= times

    def rings(self, text: str) -> None:
        wait_until(lambda: self.got(text), f"it is called about {text!r}: {self.calls}")

    def take(self, content: dict[str, Any], caller: socket.socket) -> int:
        """Take a call; returns the HTTP status of the response."""
        self.ringing.add(caller)
        while self.hangs and not select.select([caller], [], [], 0.05)[0]:
            pass  # a caller says nothing more until it gives up
        self.ringing.discard(caller)
        if self.hangs:
            raise ConnectionAbortedError
        if self.status != 200:
            self.refused += 1
        else:
            self.calls.append(f"{content.get('title')}\n{content.get('message')}")
        return self.status


@contextmanager
def phone(port: int | None = None) -> Iterator[Phone]:
    """A phone that can be called while the block runs."""
    found = Phone(port)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(found.take(json.loads(body), self.connection))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass  # whoever called may have been killed

    with Server(("127.0.0.1", found.port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield found
        finally:
            found.hangs = False
            server.shutdown()
            thread.join()


class Mailbox(MailHandler):
    """Keeps the text of each mail, with its subject in front."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[str] = []

    def prepare_message(self, _session: Any, envelope: Any) -> Any:
        return message_from_bytes(envelope.content, policy=policy.default)

    def handle_message(self, message: Any) -> None:
        body = message.get_body(("plain", "html"))
        self.mails.append(f"{message['Subject']}\n{body.get_content()}")


@contextmanager
def mail_server() -> Iterator[tuple[str, Mailbox]]:
    """The URL by which Apprise sends mail, and the mailbox in which it arrives."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"mailto://127.0.0.1:{port}?from=wall@example.org&to=oncall@example.org&mode=insecure", box
    finally:
        controller.stop()


def configured(folder: Path, *alerts: str, more: str = "") -> dict[str, str]:
    """The setting for a configuration with these alerts, which is written to a file."""
    file = folder / "alerts.toml"
    file.write_text(more + "".join(f"[[alerts]]\n{each}\n" for each in alerts))
    return {"CONFIG": str(file)}


def calling(*urls: str, level: str = "error", again_after: str = "30m", **more: object) -> str:
    """An entry of the configuration that calls these URLs."""
    entry = {"to": list(urls), "level": level, "again_after": again_after, **more}
    return "\n".join(f"{key} = {json.dumps(value)}" for key, value in entry.items())
