"""The lines of the server's log, for people or, with LOG_FORMAT=json, one JSON object a line for programs.

Much of what is logged was sent by clients, which must not be able to forge lines or control a terminal.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from datetime import UTC, datetime
from typing import Any, NamedTuple

from userstatus.redaction import redacted
from userstatus.settings import JSON

log = logging.getLogger(__name__)


class About(NamedTuple):
    """The request that a record is about, to be logged as `extra=about.as_extra()`.

    `path` has no query string, which may have a key. `duration` is in seconds, from the request's head until
    the record. What is None is not known, or not yet.
    """

    client: str
    request_id: str
    method: str | None = None
    path: str | None = None
    status: int | None = None
    duration: float | None = None

    def as_extra(self) -> dict[str, Any]:
        return {"about": self}


class Text(logging.Formatter):
    """Formats a record as one line, with any traceback indented; unprintable characters are escaped.

    What looks like a key is not shown.
    """

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        about: About | None = getattr(record, "about", None)
        request = f" (request {about.request_id})" if about else ""
        return escaped(super().formatMessage(record) + request)

    def formatException(self, ei: Any) -> str:  # noqa: N802
        return "\n".join(f"    {escaped(line)}" for line in super().formatException(ei).split("\n"))

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        return "\n".join(f"    {escaped(line)}" for line in stack_info.split("\n"))


class Json(logging.Formatter):
    """Formats a record as one JSON object on one line, in ASCII. What looks like a key is not shown."""

    def format(self, record: logging.LogRecord) -> str:
        written = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        found: dict[str, Any] = {
            "time": written.replace("+00:00", "Z"),  # RFC 3339
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": whole(record.getMessage()),
        }
        about: About | None = getattr(record, "about", None)
        if about:
            known = {name: value for name, value in about._asdict().items() if value is not None}
            found |= {
                name: whole(value) if isinstance(value, str) else value for name, value in known.items()
            }
        if record.exc_info:
            found["exception"] = whole(self.formatException(record.exc_info))
        if record.stack_info:
            found["stack"] = whole(record.stack_info)
        return redacted(json.dumps(found, separators=(",", ":")))


def escaped(text: str) -> str:
    """The text with every unprintable character escaped as Python does."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def whole(text: str) -> str:
    """The text with U+FFFD for lone surrogates, which many readers of JSON do not take."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def set_up(log_format: str) -> None:
    """Write the log, and whatever else Python would tell, to standard error in this format."""
    handler = logging.StreamHandler()
    handler.setFormatter(Json() if log_format == JSON else Text())
    logging.basicConfig(handlers=[handler])
    logging.captureWarnings(True)
    if log_format == JSON:
        sys.excepthook = _log_uncaught
        sys.unraisablehook = _log_unraisable
        threading.excepthook = _log_uncaught_in_thread


def is_json() -> bool:
    """Whether the log has been set up to be JSON."""
    return any(isinstance(handler.formatter, Json) for handler in logging.getLogger().handlers)


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    log.critical("uncaught exception", exc_info=(kind, error, traceback))


def _log_unraisable(unraisable: Any) -> None:
    error = unraisable.exc_value
    log.error("%s: %r", unraisable.err_msg or "exception ignored in", unraisable.object, exc_info=error)


def _log_uncaught_in_thread(ended: threading.ExceptHookArgs) -> None:
    log.error("uncaught exception in a thread", exc_info=ended.exc_value)
