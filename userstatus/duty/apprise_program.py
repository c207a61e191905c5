"""The program that tells one channel, in a process of its own, which may hang, crash or be killed.

It reads a JSON object from standard input and writes one to standard output. `{"urls": […]}` asks for the
names of the services that Apprise's URLs are for, null for one that it does not understand; with `url`,
`title`, `body` and `type`, a notification is sent. It imports nothing of this package, so that it can be run
by its path, and it never writes a URL, which has secrets.
"""

from __future__ import annotations

import json
import logging
import re
import signal
import sys
from typing import Any

import apprise

MAX_S = 60  # after which it ends, even if whoever started it is gone
HTTP_STATUS = re.compile(r"error=([1-5][0-9]{2})\b")  # as Apprise's plugins log it


class Status(logging.Handler):
    """Remembers the HTTP status with which a service has refused, and nothing else of what is logged."""

    found = ""

    def emit(self, record: logging.LogRecord) -> None:
        status = HTTP_STATUS.search(record.getMessage())
        if status:
            self.found = f"HTTP {status[1]}"


def main() -> None:
    """Do what standard input asks for."""
    signal.alarm(MAX_S)
    asked = json.load(sys.stdin)
    status = Status(logging.WARNING)
    logging.getLogger("apprise").handlers = [status]
    logging.getLogger("apprise").propagate = False
    answer: Any
    if "urls" in asked:
        answer = {"services": [_service(url) for url in asked["urls"]]}
    else:
        answer = {"service": _service(asked["url"]), "sent": _send(asked), "why": status.found}
    json.dump(answer, sys.stdout)


def _service(url: str) -> str | None:
    plugin = apprise.Apprise.instantiate(url)
    return None if plugin is None else str(plugin.service_name)


def _send(asked: dict[str, str]) -> bool:
    channel = apprise.Apprise()
    return channel.add(asked["url"]) and bool(
        channel.notify(
            asked["body"],
            title=asked["title"],
            notify_type=asked["type"],
            body_format=apprise.NotifyFormat.TEXT,
        )
    )


if __name__ == "__main__":
    main()
