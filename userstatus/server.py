"""The server: startup, signals and shutdown."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from userstatus import __version__, eventloop, sockets
from userstatus.duty.channels import Apprise
from userstatus.duty.config import Config
from userstatus.duty.config_file import ConfigFile, refusal
from userstatus.duty.level_rules import LevelRules
from userstatus.environment import fail, read_settings
from userstatus.errors import StartError, Unavailable
from userstatus.instruments import log_lines
from userstatus.live import socketio
from userstatus.service import Service
from userstatus.settings import PROD, TEXT, Settings
from userstatus.web import http_server, places
from userstatus.web.hosts import Hosts
from userstatus.web.listener import listen
from userstatus.web.router import Router

log = logging.getLogger(__name__)

MAX_DRAIN_S = 4  # for requests in flight when the server stops
MAX_DELIVERY_S = 1  # for their messages to be delivered

EVERY_IPV4 = "0.0.0.0"  # noqa: S104  # nosec B104 # compared with, not listened on

BANNER = """\
userstatus {version} listens at {url}
Messages are in {databases}
Post a message:
  curl {url}/newlog -d '{{"site": "tst", "log_message": "Slewing telescope..."}}'
"""


def main() -> int:
    """Serve with the settings in the environment; returns 1 as exit status if the service cannot start."""
    try:
        settings = read_settings()
        check_libraries()
        file = ConfigFile(settings.config, os.environ)
        config = checked(file)
        run([Service(settings, stage, config) for stage in settings.stages], settings, file)
    except StartError as error:
        if log_lines.is_json():
            log.critical("cannot start: %s", error)
            return 1
        return fail(error)
    return 0


def check_libraries() -> None:
    """Check that the installed libraries are compatible with this version. Raises StartError."""
    for module in (eventloop, sockets, socketio, http_server, places):
        for broken in module.broken_assumptions():
            raise StartError(f'{broken}: pip install "userstatus[server]", or what is in requirements.txt')


def run(services: Sequence[Service], settings: Settings, file: ConfigFile) -> None:
    """Start all parts of the services, one service per stage, and serve until stopped. Raises StartError."""
    for service in services:
        prepare(service)
    listener = listen(settings.host, settings.port)
    for service in services:
        start(service)
    announce(services, settings)
    announce_configuration(file, services[0].duty.config)
    stages = {service.stage: service for service in services}
    prod = stages[PROD]
    applications = {stage: service.wsgi for stage, service in stages.items()}
    router = Router(applications, Hosts(settings.allowed_hosts), prod.reject)
    gc.collect()
    gc.freeze()  # objects that exist by now are permanent, so the collector need not scan them again
    stop = eventloop.signals(signal.SIGTERM, signal.SIGINT)
    eventloop.spawn(watch_hangups, services, file, stop)
    rejected = prod.wsgi.rejected  # of requests that reach no stage as well
    http_server.serve(listener, router, stop, lambda: finish(services), prod.origins.headers, rejected)
    for service in services:
        service.log.retention.stop()
        if service.stage == PROD:
            service.alerting.stop()
        service.log.database.close()
        service.log.keys_database.close()
    log.info("stopped")


def prepare(service: Service) -> None:
    """Bring a service's database up to date, or see that it is. Raises StartError."""
    try:
        service.log.database.prepare()
    except StartError as error:
        if service.stage == PROD:
            raise
        raise StartError(f"{error}; to start without the stage {service.stage}, set STAGES=prod") from error


def announce(services: Sequence[Service], settings: Settings) -> None:
    """Say where the service listens and which databases it uses, so that nobody has to guess."""
    host = "localhost" if settings.host in ("127.0.0.1", EVERY_IPV4, "::", "::1") else settings.host
    databases = ", ".join(f"{each.log.database} ({each.stage})" for each in services)
    for caveat in {service.log.database.caveat() for service in services} - {None}:
        log.warning("%s", caveat)
    url = f"http://{host}:{settings.port}"
    log.info("version %s listens at %s, messages are in %s", __version__, url, databases)
    for service in services:
        if service.log.database.is_new:
            log.warning("no log was found, a new one has begun: %s", service.log.database)
    if settings.log_format == TEXT:
        sys.stdout.write(BANNER.format(version=__version__, url=url, databases=databases))
        sys.stdout.flush()


def announce_configuration(file: ConfigFile, config: Config) -> None:
    """Say which configuration the services go by, if any."""
    if file.path is not None:
        log.info("configuration: %s, %s", file.path, config)


def watch_hangups(services: Sequence[Service], file: ConfigFile, stop: Any) -> None:
    """Read the configuration again on SIGHUP; if that says that the process's terminal was closed, stop."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN  # by nohup, so as to outlive a terminal
    had_terminal = has_terminal() and not ignored
    hangups = eventloop.signals(signal.SIGHUP)
    while hangups.get():
        if had_terminal and not has_terminal():
            stop.put(signal.SIGHUP)
            continue
        try:
            reload(services, file)
        except Exception:  # the next signal must be heard, whatever this one has led to
            log.exception("the configuration could not be read again")


def has_terminal() -> bool:
    """Whether the process was started in a terminal that is still open."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def reload(services: Sequence[Service], file: ConfigFile) -> None:
    """Read the configuration again; if that fails, keep the present one."""
    try:
        config, rules = eventloop.in_thread(read_with_rules, file)
        Apprise().check(config.alerts)
    except StartError as error:
        log.warning("the configuration stays as it was: %s", error)
        prod = next(service for service in services if service.stage == PROD)
        with suppress(Unavailable):  # which others log
            prod.log.journal.append([refusal(time.time())])
        return
    for service in services:
        service.duty.configure(config, rules)
    announce_configuration(file, config)


def read_with_rules(file: ConfigFile) -> tuple[Config, LevelRules]:
    """The configuration and its level rules, which may take seconds to compile. Raises StartError."""
    config = file.read()
    return config, LevelRules(config.levels)


def checked(file: ConfigFile) -> Config:
    """What the configuration says, if there is a way to call whom it names. Raises StartError."""
    config = file.read()
    Apprise().check(config.alerts)
    return config


def start(service: Service) -> None:
    """Start every part of a service that runs in the background. Raises StartError."""
    stored, delivery = service.log, service.delivery
    try:
        service.keyring.load()
        delivery.load(delivery.follower.open())
    except Unavailable as error:
        raise StartError(f"cannot read the log: {error.reason}") from error
    delivery.follower.start()
    eventloop.spawn(stored.database.run, stored.journal.wake_up)
    stored.retention.start()
    eventloop.spawn(delivery.shedding.run)
    eventloop.spawn(service.silence_notices.run)
    if service.stage == PROD:  # nobody is called about tests
        eventloop.spawn(service.alerting.run)
    eventloop.spawn(service.keyring.run)
    eventloop.spawn(service.loop_lag.run)
    service.health.ready = True


def finish(services: Sequence[Service]) -> None:
    """Let requests in flight finish and their messages reach the viewers, then close the connections."""
    for service in services:
        service.health.ready = False
        service.delivery.fanout.respond_to_waiting()
    wait(lambda: all(service.wsgi.in_flight == 0 for service in services), MAX_DRAIN_S)
    for ending in [eventloop.spawn(close_connections, service) for service in services]:
        ending.wait()


def close_connections(service: Service) -> None:
    """Close a service's connections, once what is stored has reached the viewers."""
    try:
        with suppress(Unavailable, TimeoutError), eventloop.deadline(MAX_DELIVERY_S):  # also bounds queries
            wait(service.delivery.follower.is_level, MAX_DELIVERY_S)
        service.delivery.fanout.close_all()
    except Exception:  # the other stages are to be closed in any case
        log.exception("the connections of stage %s could not be closed", service.stage)


def wait(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until the condition holds or the time is up."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
