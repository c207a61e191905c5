"""What a message is: fields, levels, limits, and how a producer's JSON is read. Standard library only.

The principle: a producer that ignores responses must not lose a message over a bad label. Only messages
that could not be shown to anyone are rejected; everything else is corrected, with a warning that says how.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NamedTuple

from userstatus.notice import UUID_PREFIX, Notice

MAX_BODY_BYTES = 256 * 1024
MAX_MESSAGES = 1000  # in one request
MAX_TEXT_CHARS = 10_000
MAX_UUID_CHARS = 64
MAX_NEXT_WITHIN_S = 31 * 86_400
MAX_ID = 10**15 - 1

LEVELS = ("debug", "info", "warning", "error", "critical")
EVERY_SITE = "*"
SITE = re.compile(r"[A-Za-z0-9._-]{1,64}")
SITE_REMEDY = "send 1 to 64 letters, digits, dots, underscores or hyphens"
LEVEL_OF = {level: level for level in LEVELS} | {
    "trace": "debug",
    "verbose": "debug",
    "information": "info",
    "notice": "info",
    "warn": "warning",
    "err": "error",
    "severe": "error",
    "fatal": "critical",
    "crit": "critical",
    "alert": "critical",
    "emerg": "critical",
    "emergency": "critical",
    "panic": "critical",
}
# No two adjacent repeats may match the same character, or matching would take quadratic time.
NUMERIC = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
MIN_MILLISECONDS = 1e11  # a larger unix time is not in seconds
MAX_NANOSECONDS = 1e21  # a larger unix time is not in nanoseconds either
CURSOR = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,18}))?")


class InvalidMessage(ValueError):
    """A message, or part of one, that cannot be shown to anyone.

    `error` is one sentence that says what to send instead; `field` names the offending field, if any.
    """

    def __init__(self, error: str, field: str | None = None):
        super().__init__(error)
        self.error = error
        self.field = field


class Cursor(NamedTuple):
    """The `id` of a message, and when the service received it, in microseconds of unix time.

    An id alone does not identify a log: after a restore from a backup, the same id may belong to another
    message. `received_us` is None if a client names only an id. The text form is opaque to clients.
    """

    id: int
    received_us: int | None = None

    @classmethod
    def of(cls, id: int, received_at: float) -> Cursor:
        """The cursor of a message received at the given time (unix seconds; 0 if unknown)."""
        return cls(id, round(received_at * 1_000_000) or None)

    @classmethod
    def parse(cls, text: str) -> Cursor | None:
        """The cursor in text such as `41-1764025200123456` or a plain id; None for any other text."""
        match = CURSOR.fullmatch(text)
        return match and cls(int(match[1]), int(match[2]) if match[2] else None)

    def __str__(self) -> str:
        return str(self.id) if self.received_us is None else f"{self.id}-{self.received_us}"

    @property
    def received_at(self) -> float | None:
        """When the message was received, in unix seconds."""
        return None if self.received_us is None else self.received_us / 1_000_000


class NewMessage(NamedTuple):
    """A message to store. `timestamp` is in unix seconds; `uuid` is the producer's own id for the message.

    `next_within` is the number of seconds within which its producer promises another one, `original_level`
    the producer's level where a rule has changed it, and `notice` is set if the service itself says it.
    """

    site: str
    message: str
    log_level: str
    timestamp: int
    uuid: str | None = None
    next_within: int | None = None
    original_level: str | None = None
    notice: Notice | None = None

    def received(self, id: int, received_at: float) -> Message:
        """The message as stored in the log, received at the given time (unix seconds)."""
        fields = self._asdict()
        del fields["uuid"]  # known to its producer alone
        return Message(id=id, received_at=received_at, **fields)


class Message(NamedTuple):
    """A message in the log. Times are in unix seconds; the last three fields are those of `NewMessage`."""

    id: int
    site: str
    message: str
    log_level: str
    timestamp: int
    received_at: float
    next_within: int | None = None
    original_level: str | None = None
    notice: Notice | None = None

    @property
    def cursor(self) -> Cursor:
        return Cursor.of(self.id, self.received_at)


@dataclass(frozen=True)
class Posted:
    """The messages that one request asks to store; `many` if it sent an array. One warning per correction."""

    messages: list[NewMessage]
    warnings: list[str]
    many: bool

    def accepted(self, ids: list[int]) -> dict[str, Any]:
        """The response once all messages are stored: `{"id": 17, "warnings": []}`, or `ids` for an array."""
        if self.many:
            return {"ids": ids, "warnings": self.warnings}
        return {"id": ids[0], "warnings": self.warnings}


def read_messages(body: bytes, now: float, maybe_yield: Callable[[], None] = lambda: None) -> Posted:
    """Read the body of a POST: one JSON object, or an array of up to 1,000 of them.

    `now` is the server's time in unix seconds; `maybe_yield` is called between messages. Raises
    InvalidMessage, naming the field and what to send instead; one invalid message rejects the whole array.
    """
    warnings: list[str] = []
    content = _json(body, warnings)
    if not isinstance(content, list):
        return read_one(content, now, warnings)
    if len(content) > MAX_MESSAGES:
        raise InvalidMessage(f"the array has {len(content)} messages: send at most {MAX_MESSAGES} at a time")
    found = []
    for number, each in enumerate(content):
        maybe_yield()
        corrected: list[str] = []
        try:
            found.append(read_message(each, now, corrected.append))
        except InvalidMessage as invalid:
            raise InvalidMessage(f"message {number}: {invalid.error}", invalid.field) from None
        warnings += [f"message {number}: {warning}" for warning in corrected]
    return Posted(found, warnings, many=True)


def read_one(content: object, now: float, warnings: list[str] | None = None) -> Posted:
    """Read a request to store a single message, given as a JSON value. Raises InvalidMessage."""
    warnings = [] if warnings is None else warnings
    return Posted([read_message(content, now, warnings.append)], warnings, many=False)


def read_message(content: object, now: float, warn: Callable[[str], None]) -> NewMessage:
    """Read one message from a JSON value; `warn` is called with one sentence for each correction.

    Raises InvalidMessage.
    """
    if not isinstance(content, dict):
        raise InvalidMessage(
            'a message is a JSON object: send one like {"site": "tst", "log_message": "Slewing telescope..."}'
        )
    return NewMessage(
        site=read_site(content.get("site")),
        message=_text(content.get("log_message"), warn),
        log_level=_level(content.get("log_level"), warn),
        timestamp=_timestamp(content.get("timestamp"), now, warn),
        uuid=_uuid(content.get("uuid")),
        next_within=_next_within(content.get("next_within"), warn),
    )


def _json(body: bytes, warnings: list[str]) -> Any:
    if not body.strip():
        raise InvalidMessage('the body is empty: send a JSON object with "site" and "log_message"')
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
        warnings.append("the body is not UTF-8, read as Latin-1")
    try:
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            raise
        except ValueError:  # a number with more digits than Python converts to an int
            return json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        raise InvalidMessage(f"the body is not JSON ({error}): send a JSON object") from None
    except RecursionError:
        raise InvalidMessage("the body is nested too deeply: send a flat JSON object") from None


def read_site(value: object) -> str:
    """A site code, folded to lower case. Raises InvalidMessage."""
    if value is None:
        raise InvalidMessage(f"site is missing: {SITE_REMEDY}", "site")
    if not isinstance(value, str) or not SITE.fullmatch(value):
        raise InvalidMessage(f"site is {quoted(value)}: {SITE_REMEDY}", "site")
    return value.lower()


def _text(value: object, warn: Callable[[str], None]) -> str:
    if value is None:
        raise InvalidMessage("log_message is missing: send the text to show", "log_message")
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            raise InvalidMessage("log_message is nested too deeply: send text", "log_message") from None
    if not value:
        raise InvalidMessage("log_message is empty: send the text to show", "log_message")
    text = _storable(value)
    if len(text) > MAX_TEXT_CHARS:
        mark = f"… [cut: {len(text)} characters]"
        warn(f"log_message has {len(text)} characters, cut to {MAX_TEXT_CHARS}")
        text = text[: MAX_TEXT_CHARS - len(mark)] + mark
    return text


def _storable(text: str) -> str:
    """Replace NUL and lone surrogates, which databases and sockets cannot handle, with U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _level(value: object, warn: Callable[[str], None]) -> str:
    if value is None:
        return "info"
    level = level_named(value)
    if level is None:
        warn(f"log_level is {quoted(value)}, stored as info: send one of {', '.join(LEVELS)}")
        return "info"
    return level


def level_named(value: object) -> str | None:
    """The level for a word such as `warn` or a Python logging number from 10 to 50; None if unknown."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in LEVEL_OF:
            return LEVEL_OF[word]
        value = int(word) if re.fullmatch("[0-9]{2}", word) else None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 10 <= value <= 50:
        return LEVELS[int(value) // 10 - 1]
    return None


def _timestamp(value: object, now: float, warn: Callable[[str], None]) -> int:
    if value is None:
        return math.floor(now)
    number = number_in(value)
    seconds = _iso_8601(value) if number is None else in_seconds(number)
    if seconds is None:
        warn(f"timestamp is {quoted(value)}, stored as the server's time: send unix seconds")
        return math.floor(now)
    if number is not None and seconds != number:
        whole = math.floor(seconds)
        warn(f"timestamp is {quoted(value)}, stored as {whole}: send seconds, not milliseconds")
    return math.floor(seconds)


def number_in(value: object) -> float | None:
    """The value of a finite number or numeric string; None for anything else."""
    if isinstance(value, str) and not NUMERIC.fullmatch(value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < MAX_NANOSECONDS else None


def in_seconds(number: float) -> float:
    """Convert unix time in seconds, milliseconds, microseconds or nanoseconds to seconds."""
    while abs(number) >= MIN_MILLISECONDS:
        number /= 1000
    return number


def _iso_8601(value: object) -> float | None:
    """Unix seconds of an ISO 8601 date and time, taken as UTC if it has no zone."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None


def _uuid(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_UUID_CHARS or _storable(value) != value:
        raise InvalidMessage(
            f"uuid is {quoted(value)}: send text of at most {MAX_UUID_CHARS} characters", "uuid"
        )
    if value.startswith(UUID_PREFIX):
        raise InvalidMessage(
            f"uuid is {quoted(value)}: send one that does not begin with {UUID_PREFIX!r}", "uuid"
        )
    return value


def _next_within(value: object, warn: Callable[[str], None]) -> int | None:
    if value is None:
        return None
    seconds = number_in(value)
    if seconds is None or not 0 < seconds <= MAX_NEXT_WITHIN_S:
        warn(f"next_within is {quoted(value)}, left out: send 1 to {MAX_NEXT_WITHIN_S} seconds")
        return None
    return math.ceil(seconds)


def quoted(value: object) -> str:
    """A value as shown in an error message, at most 80 characters long."""
    text = repr(value) if not isinstance(value, (dict, list)) else f"a JSON {type(value).__name__}"
    return text if len(text) <= 80 else text[:79] + "…"
