"""The logging handler and the service: messages arrive as they were logged, and no program is bothered."""

from __future__ import annotations

import gc
import http.client
import logging
import logging.config
import math
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.service import Service, wait_until
from tests.support.telescopes import everything, own_threads, texts
from userstatus import Poster, UserStatusHandler


@pytest.fixture
def site() -> str:
    """A site of its own for each test."""
    return uuid.uuid4().hex


@pytest.fixture
def log(site: str) -> Iterator[logging.Logger]:
    """A logger of its own for each test, whose handlers are closed afterwards."""
    found = logging.getLogger(site)
    found.setLevel(logging.DEBUG)
    found.propagate = False
    yield found
    for handler in list(found.handlers):
        found.removeHandler(handler)
        handler.close()


@pytest.fixture
def handler(service: Service, site: str, log: logging.Logger, tmp_path: Path) -> UserStatusHandler:
    found = UserStatusHandler(service.url, site, spool=tmp_path, level=logging.DEBUG)
    log.addHandler(found)
    return found


def sent(handler: UserStatusHandler) -> bool:
    wait_until(lambda: handler.flush(5), "everything is sent")
    return True


def test_levels_go_by_their_number(
    service: Service, site: str, log: logging.Logger, handler: UserStatusHandler
) -> None:
    for level in (1, 10, 15, 20, 25, 30, 40, 50, 99):
        log.setLevel(1)
        handler.setLevel(1)
        log.log(level, "level %d", level)
    assert sent(handler)
    found = {each["message"].split()[1]: each["log_level"] for each in everything(service, site)}
    assert found == {
        "1": "debug",
        "10": "debug",
        "15": "debug",
        "20": "info",
        "25": "info",
        "30": "warning",
        "40": "error",
        "50": "critical",
        "99": "critical",
    }


def test_less_than_info_is_not_sent_by_default(service: Service, site: str, tmp_path: Path) -> None:
    handler = UserStatusHandler(service.url, site, spool=tmp_path)
    assert handler.level == logging.INFO
    handler.close()


def test_a_message_has_the_time_of_its_event(
    service: Service, site: str, log: logging.Logger, handler: UserStatusHandler
) -> None:
    record = log.makeRecord(log.name, logging.INFO, "", 0, "Slewing", (), None)
    record.created = time.time() - 5000
    log.handle(record)
    assert sent(handler)
    assert [each["timestamp"] for each in everything(service, site)] == [math.floor(record.created)]


def test_the_formatter_is_respected_and_a_traceback_is_text(
    service: Service, site: str, log: logging.Logger, handler: UserStatusHandler
) -> None:
    handler.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))
    try:
        int("N/A")
    except ValueError:
        log.exception("Cannot %s", "close")
    assert sent(handler)
    (text,) = texts(service, site)
    assert text.startswith("[ERROR] Cannot close\nTraceback (most recent call last):\n")
    assert text.endswith("ValueError: invalid literal for int() with base 10: 'N/A'")


@pytest.mark.parametrize(
    ("text", "arrives"),
    [
        ("", "(empty)"),
        ("a\0b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("\n 25° 14′ −03″ 🔭 \u202e", "\n 25° 14′ −03″ 🔭 \u202e"),
        ("🔭" * 1_000_000, None),
    ],
    ids=["empty", "NUL", "surrogate", "everything", "1 MB"],
)
def test_any_text_arrives(
    service: Service,
    site: str,
    handler: UserStatusHandler,
    text: str,
    arrives: str | None,
) -> None:
    handler.handle(logging.LogRecord("dome", logging.INFO, "", 0, text, (), None))
    assert sent(handler)
    (found,) = texts(service, site)
    assert found == arrives or (arrives is None and found.endswith("… [cut: 1000000 characters]"))


def test_many_large_messages_are_sent_in_several_requests(
    service: Service, site: str, handler: UserStatusHandler
) -> None:
    for number in range(20):
        handler.poster.send(f"{number} " + "🔭" * 9_000)
    assert sent(handler)
    assert [text.split()[0] for text in texts(service, site)] == [str(number) for number in range(20)]


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_what_cannot_be_formatted_is_told_and_the_program_goes_on(
    service: Service,
    site: str,
    handler: UserStatusHandler,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for text, *values in (("%d arcsec", "many"), (Unspeakable(),), ("Guiding",)):
        handler.handle(logging.LogRecord("dome", logging.INFO, "", 0, text, tuple(values), None))
    handler.poster.send(Unspeakable(), Unspeakable(), timestamp=Unspeakable())  # type: ignore[arg-type]
    assert sent(handler)
    assert texts(service, site) == ["Guiding", "(Unspeakable, whose text cannot be made: RuntimeError)"]
    assert capsys.readouterr().err.count("--- Logging error ---") == 2


@pytest.mark.parametrize("moment", [math.nan, math.inf, -math.inf, "yesterday", None])
def test_a_time_that_is_none_is_now(
    service: Service, site: str, handler: UserStatusHandler, moment: Any
) -> None:
    before = math.floor(time.time())
    handler.poster.send("Slewing", timestamp=moment)
    assert sent(handler)
    (message,) = everything(service, site)
    assert before <= message["timestamp"] <= time.time()


def test_what_the_sending_thread_logs_is_not_sent(
    service: Service,
    site: str,
    log: logging.Logger,
    handler: UserStatusHandler,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when `urllib` is watched by something that logs."""
    request = http.client.HTTPConnection.request
    requests = []

    def logging_request(self: http.client.HTTPConnection, *arguments: Any, **options: Any) -> None:
        requests.append(arguments)
        log.info("a request")
        request(self, *arguments, **options)

    monkeypatch.setattr(http.client.HTTPConnection, "request", logging_request)
    log.info("Slewing")
    assert sent(handler)
    handler.close()
    assert requests
    assert texts(service, site) == ["Slewing"]


def configuration(site: str, spool: Path) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"brief": {"format": "%(name)s: %(message)s"}},
        "handlers": {
            "status": {
                "class": "userstatus.UserStatusHandler",
                "level": "WARNING",
                "formatter": "brief",
                "spool": str(spool),
            }
        },
        "loggers": {site: {"handlers": ["status"], "level": "DEBUG"}},
    }


def test_dict_config_and_the_environment_configure_it_as_often_as_one_likes(
    service: Service, site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERSTATUS_URL", f"{service.url}/logs/newlog")
    monkeypatch.setenv("USERSTATUS_SITE", site.upper())
    for number in range(3):
        logging.config.dictConfig(configuration(site, tmp_path))
        logging.getLogger(site).warning("%d", number)
        logging.getLogger(site).info("not this")
    (handler,) = logging.getLogger(site).handlers
    assert isinstance(handler, UserStatusHandler)
    assert sent(handler)
    assert texts(service, site) == [f"{site}: {number}" for number in range(3)]
    wait_until(lambda: own_threads() == 1, "the threads of the handlers before have ended")
    handler.close()
    assert own_threads() == 0


def test_two_handlers_for_one_site_send_each_record_of_each_once(
    service: Service, site: str, log: logging.Logger, tmp_path: Path
) -> None:
    handlers = [UserStatusHandler(service.url, site, spool=tmp_path) for _ in range(2)]
    for handler in handlers:
        log.addHandler(handler)
    for number in range(20):
        log.info("%d", number)
    assert all(sent(handler) for handler in handlers)
    assert texts(service, site) == [str(number) for number in range(20) for _ in range(2)]


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208, no Path is needed of these


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted in /proc")
def test_handlers_that_are_forgotten_leave_no_thread_and_no_open_file(
    service: Service, site: str, tmp_path: Path
) -> None:
    def forget(number: int) -> None:
        handler = UserStatusHandler(service.url, site, spool=tmp_path / str(number % 3))
        handler.handle(logging.makeLogRecord({"msg": str(number), "levelno": logging.INFO}))

    gc.collect()
    wait_until(lambda: own_threads() == 0, "no thread of a test before is left")
    before = open_files()
    for number in range(10):
        forget(number)
    gc.collect()
    wait_until(lambda: own_threads() == 0, "the threads have ended")
    wait_until(lambda: open_files() <= before, "the files are closed")
    for number in range(3):  # what one left to another that was just ending
        with Poster(service.url, site, spool=tmp_path / str(number)) as poster:
            wait_until(lambda poster=poster: poster.flush(5), "what waits is sent")  # type: ignore[misc]
    assert sorted(texts(service, site)) == [str(number) for number in range(10)]


def test_after_it_was_closed_it_still_takes_messages(
    service: Service, site: str, log: logging.Logger, handler: UserStatusHandler
) -> None:
    log.info("one")
    handler.close()
    handler.close()
    log.info("two")
    assert sent(handler)
    assert texts(service, site) == ["one", "two"]


def test_a_poster_is_closed_at_the_end_of_its_block(service: Service, site: str, tmp_path: Path) -> None:
    with Poster(service.url, site, spool=tmp_path) as poster:
        poster.send("Dome open", "WARN")
    assert [(each["message"], each["log_level"]) for each in everything(service, site)] == [
        ("Dome open", "warning")
    ]
    assert own_threads() == 0
