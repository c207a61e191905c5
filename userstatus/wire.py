"""The wire: what a producer may send, and what every viewer receives.

The principle: a producer that ignores responses must not lose a message over a label. What cannot be shown
to anyone is refused; the rest is mended, and a warning says how.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from userstatus.cursor import Cursor
from userstatus.errors import Refusal
from userstatus.models import LEVELS

MAX_BODY = 256 * 1024
MAX_MESSAGES = 1000
MAX_TEXT = 10_000
MAX_UUID = 64

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
DAY = 86400
# Never two repeats side by side that can take the same character: that would be quadratic in the length.
NUMERIC = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
MILLISECONDS = 1e11  # from here on, unix time is not in seconds
INCREDIBLE = 1e21  # from here on, it is not in nanoseconds either


class NewMessage(NamedTuple):
    """A message as it is to be stored. `timestamp` is in unix seconds."""

    site: str
    message: str
    log_level: str
    timestamp: int
    uuid: str | None


class Stored(NamedTuple):
    """A message as it stands in the log. Times are in unix seconds."""

    id: int
    site: str
    message: str
    log_level: str
    timestamp: int
    received_at: float

    @property
    def cursor(self) -> Cursor:
        return Cursor.of(self.id, self.received_at)


@dataclass(frozen=True)
class Posted:
    """What one request asks to store."""

    messages: list[NewMessage]
    warnings: list[str]
    many: bool

    def accepted(self, ids: list[int]) -> dict[str, Any]:
        """The answer once all is stored: `{"id": 17, "warnings": []}`, or `ids` for an array."""
        if self.many:
            return {"ids": ids, "warnings": self.warnings}
        return {"id": ids[0], "warnings": self.warnings}


def read_messages(body: bytes, now: float, pause: Callable[[], None] = lambda: None) -> Posted:
    """Read the body of a POST: one JSON object, or an array of up to 1,000 of them.

    `now` is the server's time in unix seconds; `pause` is called between two messages. Raises Refusal, naming
    field and remedy; of an array, all or none is taken.
    """
    warnings: list[str] = []
    content = _json(body, warnings)
    if not isinstance(content, list):
        return Posted([read_message(content, now, warnings.append)], warnings, many=False)
    if len(content) > MAX_MESSAGES:
        raise Refusal(f"the array has {len(content)} messages: send at most {MAX_MESSAGES} at a time")
    found = []
    for number, each in enumerate(content):
        pause()
        mended: list[str] = []
        try:
            found.append(read_message(each, now, mended.append))
        except Refusal as refusal:
            raise Refusal(f"message {number}: {refusal.error}", refusal.field) from None
        warnings += [f"message {number}: {warning}" for warning in mended]
    return Posted(found, warnings, many=True)


def read_message(content: object, now: float, warn: Callable[[str], None]) -> NewMessage:
    """One message out of one JSON value; `warn` takes a sentence for whatever had to be mended."""
    if not isinstance(content, dict):
        raise Refusal(
            'a message is a JSON object: send one like {"site": "tst", "log_message": "Slewing telescope..."}'
        )
    return NewMessage(
        site=read_site(content.get("site")),
        message=_text(content.get("log_message"), warn),
        log_level=_level(content.get("log_level"), warn),
        timestamp=_timestamp(content.get("timestamp"), now, warn),
        uuid=_uuid(content.get("uuid")),
    )


def _json(body: bytes, warnings: list[str]) -> Any:
    if not body.strip():
        raise Refusal('the body is empty: send a JSON object with "site" and "log_message"')
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
        except ValueError:  # a number of more digits than Python turns into an int
            return json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        raise Refusal(f"the body is not JSON ({error}): send a JSON object") from None
    except RecursionError:
        raise Refusal("the body is nested too deeply: send a flat JSON object") from None


def read_site(value: object) -> str:
    if value is None:
        raise Refusal(f"site is missing: {SITE_REMEDY}", "site")
    if not isinstance(value, str) or not SITE.fullmatch(value):
        raise Refusal(f"site is {quoted(value)}: {SITE_REMEDY}", "site")
    return value.lower()


def _text(value: object, warn: Callable[[str], None]) -> str:
    if value is None:
        raise Refusal("log_message is missing: send the text to show", "log_message")
    if not isinstance(value, str):
        try:
            value = json.dumps(value, ensure_ascii=False)
        except RecursionError:
            raise Refusal("log_message is nested too deeply: send text", "log_message") from None
    if not value:
        raise Refusal("log_message is empty: send the text to show", "log_message")
    text = _storable(value)
    if len(text) > MAX_TEXT:
        mark = f"… [cut: {len(text)} characters]"
        warn(f"log_message has {len(text)} characters, cut to {MAX_TEXT}")
        text = text[: MAX_TEXT - len(mark)] + mark
    return text


def _storable(text: str) -> str:
    """NUL and lone surrogates, which a database or a socket would choke on, become U+FFFD."""
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
    """The level that a word, or one of Python's numbers from 10 to 50, means."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in LEVEL_OF:
            return LEVEL_OF[word]
        value = int(word) if re.fullmatch("[0-9]{2}", word) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and 10 <= value <= 50:
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
    """The finite number in a number or a numeric string."""
    if isinstance(value, str) and not NUMERIC.fullmatch(value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < INCREDIBLE else None


def in_seconds(number: float) -> float:
    """Unix time in seconds, where it may have come in milliseconds, microseconds or nanoseconds."""
    while abs(number) >= MILLISECONDS:
        number /= 1000
    return number


def _iso_8601(value: object) -> float | None:
    """The unix seconds of a date and time, UTC where it names no zone."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _uuid(value: object) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > MAX_UUID or _storable(value) != value:
        raise Refusal(f"uuid is {quoted(value)}: send text of at most {MAX_UUID} characters", "uuid")
    return value


def quoted(value: object) -> str:
    text = repr(value) if not isinstance(value, dict | list) else f"a JSON {type(value).__name__}"
    return text if len(text) <= 80 else text[:79] + "…"


def http_shape(message: Stored) -> dict[str, Any]:
    """A message as `/recent-logs` and `/sites` answer it."""
    return {
        "id": message.id,
        "site": message.site,
        "message": message.message,
        "log_level": message.log_level,
        "timestamp": message.timestamp,
        "received_at": message.received_at,
        "cursor": str(message.cursor),
    }


def live_shape(message: Stored) -> dict[str, Any]:
    """A message as it is pushed; the timestamp is text, as the predecessor documents it."""
    return {**http_shape(message), "timestamp": str(message.timestamp)}


def end_shape(end: Cursor) -> dict[str, Any]:
    """How far a viewer has got that has all there is: `{"last_id": 41, "cursor": "41-…"}`."""
    return {"last_id": end.id, "cursor": str(end)}


def site_shape(site: str, last: Stored, counts: dict[str, int]) -> dict[str, Any]:
    """A site as `/sites` answers it."""
    return {"site": site, "last": http_shape(last), "counts": counts}


def envelope(site: str, message: str) -> str:
    """A message in the shape of Photon Ranch's data stream; `message` is JSON already."""
    return f'{{"topic":"userstatus","site":"{site}","data":{message}}}'


def server_sent(event: str, data: str, cursor: Cursor | None = None) -> str:
    """An event of a stream of server-sent events (the HTML standard, section 9.2); `data` is one line.

    `cursor` is what a browser hands in when it resumes.
    """
    id_line = "" if cursor is None else f"id: {cursor}\n"
    return f"{id_line}event: {event}\ndata: {data}\n\n"


def dump(content: Any) -> str:
    """Compact JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
