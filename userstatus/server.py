"""The process: logging, start order, signals, stop order."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from userstatus import __version__, eventloop
from userstatus.errors import StartError, Unavailable
from userstatus.live import socketio
from userstatus.service import Service
from userstatus.settings import PROD, Settings
from userstatus.store.stages import open_database
from userstatus.web import http_server
from userstatus.web.listener import listen
from userstatus.web.router import Router

log = logging.getLogger(__name__)

LAST_REQUESTS_S = 4  # that requests in flight get when the server stops
LAST_MESSAGES_S = 1  # in which their messages are to be delivered

BANNER = """\
userstatus {version} listens at {url}
Messages are in {databases}
Post a message:
  curl {url}/newlog -d '{{"site": "tst", "log_message": "Slewing telescope..."}}'
"""


class Lines(logging.Formatter):
    """A record as one line of the log, whoever has written it, with its traceback indented.

    Unprintable characters are escaped: much of what is logged was sent by a client, which must not be able to
    write lines of its own, or to control the terminal of whoever reads them.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        return escaped(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"    {escaped(line)}" for line in super().formatException(ei).split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return "\n".join(f"    {escaped(line)}" for line in stack_info.split("\n"))


def escaped(text: str) -> str:
    """The text with everything unprintable escaped as Python does it."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def main() -> int:
    """Serve as the environment says; the exit status is 1 if the service cannot start."""
    try:
        settings = _settings()
        check_libraries()
        run([Service(settings, stage) for stage in settings.stages], settings)
    except StartError as error:
        return _cannot(error)
    return 0


def migrate() -> int:
    """Bring the database of every stage up to date; the exit status is 1 if that fails."""
    try:
        settings = _settings()
        for stage in settings.stages:
            database = open_database(settings.database_url, stage)
            try:
                database.migrate()
            finally:
                database.close()
            sys.stdout.write(f"up to date: {database}\n")
    except StartError as error:
        return _cannot(error)
    return 0


def _cannot(error: StartError) -> int:
    sys.stderr.write(f"userstatus: {error}\n")
    return 1


def _settings() -> Settings:
    """The settings in the environment, with logging set up as they say. Raises StartError."""
    settings = Settings.from_environ(os.environ)
    handler = logging.StreamHandler()
    handler.setFormatter(Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler])
    logging.captureWarnings(True)
    if settings.log_level != "debug":
        for chatty in ("alembic", "apscheduler"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
    return settings


def check_libraries() -> None:
    """See that the libraries are made as this version needs them. Raises StartError."""
    for module in (eventloop, socketio, http_server):
        for broken in module.broken_assumptions():
            raise StartError(f"{broken}: install the versions in requirements.txt")


def run(services: Sequence[Service], settings: Settings) -> None:
    """Start every part of the services, one for each stage, and serve until stopped. Raises StartError."""
    for service in services:
        service.log.database.prepare()
    listener = listen(settings.host, settings.port)
    for service in services:
        start(service)
    host = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else settings.host  # noqa: S104
    databases = ", ".join(f"{each.log.database} ({each.stage})" for each in services)
    for caveat in {service.log.database.caveat() for service in services} - {None}:
        log.warning("%s", caveat)
    log.info("version %s, messages are in %s", __version__, databases)
    for service in services:
        if service.log.database.is_new:
            log.warning("no log was found, a new one has begun: %s", service.log.database)
    sys.stdout.write(
        BANNER.format(version=__version__, url=f"http://{host}:{settings.port}", databases=databases)
    )
    sys.stdout.flush()
    stages = {service.stage: service for service in services}
    origins = stages[PROD].origins
    router = Router({stage: service.wsgi for stage, service in stages.items()}, origins)
    http_server.serve(listener, router, lambda: finish(services), origins.headers)
    for service in services:
        service.log.retention.stop()
        service.log.database.close()
    log.info("stopped")


def start(service: Service) -> None:
    """Start every part of a service that does something by itself. Raises StartError."""
    stored, delivery = service.log, service.delivery
    try:
        delivery.statistics.load(delivery.follower.open())
    except Unavailable as error:
        raise StartError(f"cannot read the log: {error.reason}") from error
    delivery.follower.start()
    eventloop.spawn(stored.database.run, stored.journal.wake_up)
    stored.retention.start()
    eventloop.spawn(delivery.shedding.run)


def finish(services: Sequence[Service]) -> None:
    """Let the requests in flight end and their messages reach the viewers, then say goodbye to these."""
    for service in services:
        service.delivery.fanout.answer_waiting()
    wait(lambda: all(service.wsgi.in_flight == 0 for service in services), LAST_REQUESTS_S)
    with suppress(Unavailable, TimeoutError), eventloop.deadline(LAST_MESSAGES_S):  # of a query, too
        wait(lambda: all(service.delivery.follower.is_level() for service in services), LAST_MESSAGES_S)
    goodbyes = [eventloop.spawn(service.delivery.fanout.say_goodbye) for service in services]
    for goodbye in goodbyes:
        goodbye.wait()


def wait(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until the condition holds, or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
