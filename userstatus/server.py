"""The process: logging, start, serve."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Flask

from userstatus import green, http
from userstatus.errors import StartError, Unavailable
from userstatus.factory import create_app
from userstatus.settings import Settings

log = logging.getLogger(__name__)

LAST_REQUESTS = 4  # seconds that requests in flight get when the server stops
LAST_MESSAGES = 1  # seconds in which their messages are to be delivered

BANNER = """\
userstatus listens at {url}
Post a message:
  curl {url}/newlog -d '{{"site": "tst", "log_message": "Slewing telescope..."}}'
"""


class Lines(logging.Formatter):
    """A record as one line of the log, whoever has written it, and its traceback indented.

    What is no printable character is escaped: much of what is logged was sent by a client, who is not to
    write lines of its own, or to play with the terminal of who reads them.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"    {escaped(line)}" for line in super().formatException(ei).split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return "\n".join(f"    {escaped(line)}" for line in stack_info.split("\n"))


def escaped(text: str) -> str:
    """The text with an escape, as Python writes them, for everything that is not printable."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def main() -> int:
    """Run the service as the environment says; the exit status is 1 where it cannot start."""
    try:
        settings = Settings.from_environ(os.environ)
        handler = logging.StreamHandler()
        handler.setFormatter(Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
        logging.captureWarnings(True)
        if settings.log_level != "debug":
            for chatty in ("alembic", "apscheduler"):
                logging.getLogger(chatty).setLevel(logging.WARNING)
        run(create_app(settings), settings)
    except StartError as error:
        sys.stderr.write(f"userstatus: {error}\n")
        return 1
    return 0


def run(app: Flask, settings: Settings) -> None:
    """Start every part and serve until stopped. Raises StartError."""
    app.extensions["database"].prepare()
    listener = green.listen(settings.host, settings.port)
    try:
        app.extensions["overview"].load(app.extensions["follower"].open())
    except Unavailable as error:
        raise StartError(f"cannot read the log: {error.reason}") from error
    app.extensions["follower"].start()
    database = app.extensions["database"]
    green.spawn(database.keep_checkpointing if database.is_sqlite else app.extensions["journal"].listen)
    app.extensions["retention"].start()
    green.spawn(app.extensions["shedding"].run)
    host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else settings.host  # noqa: S104
    sys.stdout.write(BANNER.format(url=f"http://{host}:{settings.port}"))
    sys.stdout.flush()
    http.serve(listener, app, lambda: finish(app), app.extensions["cors_headers"])
    app.extensions["retention"].stop()
    app.extensions["database"].close()
    log.info("stopped")


def finish(app: Flask) -> None:
    """Let the requests in flight end and their messages reach the viewers, then say goodbye to these."""
    gate, fanout, follower = (app.extensions[name] for name in ("gate", "fanout", "follower"))
    fanout.answer_those_who_wait()
    wait(lambda: gate.in_flight == 0, LAST_REQUESTS)
    with suppress(Unavailable, TimeoutError), green.deadline(LAST_MESSAGES):  # of a query, too
        wait(follower.is_level, LAST_MESSAGES)
    fanout.say_goodbye()


def wait(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until the condition holds, or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
