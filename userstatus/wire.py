"""The wire: what a producer may send, and what every viewer receives.

The principle: a producer that ignores responses must not lose a message over a label. What cannot be shown
to anyone is refused; the rest is mended, and a warning says how.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from userstatus.cursor import LARGEST_ID, Cursor
from userstatus.errors import Refusal
from userstatus.models import EVERY_SITE, LEVELS

MAX_BODY = 256 * 1024
MAX_MESSAGES = 1000
MAX_TEXT = 10_000
MAX_UUID = 64
MAX_ROWS = 5000
MOST_SITES = 1000
MAX_WAIT = 25  # seconds: platforms end a request that is silent for longer

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


def read_messages(body: bytes, now: float) -> Posted:
    """Read the body of a POST: one JSON object, or an array of up to 1,000 of them.

    `now` is the server's time in unix seconds. Raises Refusal, naming field and remedy; of an array, all or
    none is taken.
    """
    warnings: list[str] = []
    content = _json(body, warnings)
    if not isinstance(content, list):
        return Posted([read_message(content, now, warnings.append)], warnings, many=False)
    if len(content) > MAX_MESSAGES:
        raise Refusal(f"the array has {len(content)} messages: send at most {MAX_MESSAGES} at a time")
    found = []
    for number, each in enumerate(content):
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
        site=_site(content.get("site")),
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


def _site(value: object) -> str:
    if value is None:
        raise Refusal(f"site is missing: {SITE_REMEDY}", "site")
    if not isinstance(value, str) or not SITE.fullmatch(value):
        raise Refusal(f"site is {_quoted(value)}: {SITE_REMEDY}", "site")
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
        warn(f"log_level is {_quoted(value)}, stored as info: send one of {', '.join(LEVELS)}")
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
    number = _number(value)
    seconds = _iso_8601(value) if number is None else _in_seconds(number)
    if seconds is None:
        warn(f"timestamp is {_quoted(value)}, stored as the server's time: send unix seconds")
        return math.floor(now)
    if number is not None and seconds != number:
        whole = math.floor(seconds)
        warn(f"timestamp is {_quoted(value)}, stored as {whole}: send seconds, not milliseconds")
    return math.floor(seconds)


def _number(value: object) -> float | None:
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


def _in_seconds(number: float) -> float:
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
        raise Refusal(f"uuid is {_quoted(value)}: send text of at most {MAX_UUID} characters", "uuid")
    return value


def _quoted(value: object) -> str:
    text = repr(value) if not isinstance(value, dict | list) else f"a JSON {type(value).__name__}"
    return text if len(text) <= 80 else text[:79] + "…"


def read_sites(value: object, every: bool = False) -> list[str]:
    """Site codes in a comma-separated string or a list of strings, folded, each once.

    `every` allows `*`, which stands for every site. Raises Refusal.
    """
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list) and names is not None:
        raise Refusal(f"site is {_quoted(value)}: {SITE_REMEDY}", "site")
    if len(names or []) > MOST_SITES:
        raise Refusal(
            f"these are more than {MOST_SITES} sites: send fewer, or *, which is every site", "site"
        )
    found: dict[str, None] = {}
    for name in names or []:
        stripped = name.strip() if isinstance(name, str) else name
        if stripped == EVERY_SITE and every:
            found[EVERY_SITE] = None
        elif stripped != "":
            found[_site(stripped)] = None
    if not found:
        raise Refusal(f"site is missing: {SITE_REMEDY}", "site")
    return list(found)


def read_cursor(value: object, field: str = "after_id") -> Cursor | None:
    """A message's cursor, or its id, as a number or digits; None if there is none. Raises Refusal."""
    if value is None:
        return None
    cursor = None
    if isinstance(value, str):
        cursor = Cursor.parse(value)
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_ID:
        cursor = Cursor(value)
    if cursor is None:
        raise Refusal(
            f"{field} is {_quoted(value)}: send the cursor of a message as it came, or its id, like 4711",
            field,
        )
    return cursor


class Watch(NamedTuple):
    """What a viewer asks to watch, and from where on: `cursor` is that of the last message it has seen.

    A viewer that `resumes` names a cursor, even if it has not seen anything yet, and is told where it stands.
    """

    sites: list[str]
    cursor: Cursor | None
    resumes: bool


def read_watch(parameters: Mapping[str, object], last_event_id: str | None = None) -> Watch:
    """Sites and cursor; that of a browser which resumes by itself goes before the one of its first request.

    `last_event_id` is the header; where a library cannot send one, it comes as the parameter `lastEventId`.
    Raises Refusal.
    """
    last_event_id = last_event_id or str(parameters.get("lastEventId") or "")
    named = last_event_id or parameters.get("after_id")
    field = "Last-Event-ID" if last_event_id else "after_id"
    return Watch(
        sites=read_sites(parameters.get("site"), every=True),
        cursor=None if named == "" else read_cursor(named, field),
        resumes=bool(last_event_id) or "after_id" in parameters,
    )


def read_action(said: bytes, known: Collection[str]) -> tuple[str, dict[str, Any]]:
    """What a viewer wants that sends a JSON object over a WebSocket: its `action`, and all of it.

    Raises Refusal.
    """
    try:
        content = json.loads(said)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise Refusal('this is not a JSON object: send one like {"action": "newlog", "site": "tst", …}')
    action = content.get("action")
    if not isinstance(action, str) or action not in known:
        raise Refusal(f"action is {_quoted(action)}: send one of {', '.join(known)}", "action")
    return action, content


def read_wait(value: str) -> float:
    """How many seconds to wait for a message; no answer takes longer than 25. Raises Refusal."""
    seconds = _number(value)
    if seconds is None or seconds < 0:
        raise Refusal(f"wait is {_quoted(value)}: send a number of seconds from 0 to {MAX_WAIT}", "wait")
    return min(seconds, MAX_WAIT)


class Query(NamedTuple):
    """What `/recent-logs` is asked for. No levels means all of them; `after_time` is in unix seconds."""

    sites: list[str]
    after_time: int | None
    after_id: int
    before_id: int | None
    levels: set[str]
    limit: int

    @property
    def by_id(self) -> bool:
        """Whether the newest by id are meant, rather than by their own time."""
        return self.after_time is None or self.after_id > 0 or self.before_id is not None

    def admits(self, message: Stored) -> bool:
        """Whether the message, if it is of one of the sites, is one of those asked for."""
        return (
            message.id > self.after_id
            and (not self.levels or message.log_level in self.levels)
            and (self.after_time is None or message.timestamp >= self.after_time)
            and (self.before_id is None or message.id < self.before_id)
        )


def read_query(parameters: Mapping[str, str], now: float) -> Query:
    """Read the parameters of `/recent-logs`; without any cursor, it is the last 24 hours. Raises Refusal."""
    cursor = read_cursor(parameters.get("after_id"))
    before = read_cursor(parameters.get("before_id"), "before_id")
    after_time = parameters.get("after_time")
    if after_time is None and cursor is None and before is None:
        after_time = str(now - DAY)
    return Query(
        sites=read_sites(parameters.get("site"), every=True),
        after_time=None if after_time is None else read_time(after_time),
        after_id=cursor.id if cursor else 0,
        before_id=before and before.id,
        levels=read_levels(parameters.get("log_level", "")),
        limit=read_limit(parameters.get("limit", str(MAX_ROWS))),
    )


def read_time(value: str) -> int:
    """The second in `after_time`, unix seconds as int or float. Raises Refusal."""
    number = _number(value)
    if number is None:
        raise Refusal(f"after_time is {_quoted(value)}: send unix seconds", "after_time")
    return math.floor(_in_seconds(number))


def read_levels(value: str) -> set[str]:
    """The levels in a comma-separated list. Raises Refusal."""
    levels = set()
    for word in filter(None, (word.strip() for word in value.split(","))):
        level = level_named(word)
        if level is None:
            raise Refusal(f"log_level is {_quoted(word)}: send one of {', '.join(LEVELS)}", "log_level")
        levels.add(level)
    return levels


def read_limit(value: str) -> int:
    """At most how many messages, from 1; no answer has more than 5,000. Raises Refusal."""
    if not re.fullmatch("[0-9]{1,15}", value) or int(value) < 1:
        raise Refusal(f"limit is {_quoted(value)}: send a whole number from 1 to {MAX_ROWS}", "limit")
    return min(int(value), MAX_ROWS)


def read_glance(parameters: Mapping[str, str]) -> tuple[list[str], int | None]:
    """The parameters of `/sites`: which sites, and the step of their activity in seconds, None for none.

    Raises Refusal.
    """
    step = parameters.get("activity")
    if step is not None and (
        not re.fullmatch("[0-9]{1,5}", step) or int(step) not in range(60, DAY + 1, 60) or DAY % int(step)
    ):
        raise Refusal(
            f"activity is {_quoted(step)}: send a number of seconds in which a day can be parted, like 3600",
            "activity",
        )
    sites = read_sites(parameters.get("site") or EVERY_SITE, every=True)
    return sites, None if step is None else int(step)


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
