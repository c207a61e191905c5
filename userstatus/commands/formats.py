"""Messages as lines for people, as rows of CSV, and as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from userstatus.commands.terminal_text import escaped, shown

HEADING = "id,time,site,level,message,received\r\n"
FORMULA = re.compile("[=+\\-@\t\r]")  # with which a spreadsheet takes a text for a formula, if it begins so
COLOR_OF = {"debug": "2", "warning": "33", "error": "31", "critical": "1;37;41"}  # SGR, ECMA-48


def wants_color(is_terminal: bool, environ: Mapping[str, str], platform: str) -> bool:
    """Whether to write in colours: on a terminal that knows them, unless NO_COLOR is set (no-color.org)."""
    if not is_terminal or environ.get("NO_COLOR") or environ.get("TERM") == "dumb":
        return False
    return platform != "win32" or "WT_SESSION" in environ  # Windows Terminal


def line(message: Mapping[str, Any], local: bool = False, color: bool = False) -> str:
    """A message as a line, more lines if its text has more: time, level, site, text."""
    level = str(message["log_level"])
    time = iso(message["timestamp"], local)
    rest = f"{level.upper():8} {escaped(str(message['site']))} {shown(str(message['message']))}"
    if color and level in COLOR_OF:
        rest = f"\x1b[{COLOR_OF[level]}m{rest}\x1b[0m"
    return f"{time} {rest}\n"


def row(message: Mapping[str, Any], on_terminal: bool = False) -> str:
    """A message as a row of CSV (RFC 4180)."""
    text = str(message["message"])
    values = [
        message["id"],
        iso(message["timestamp"]),
        message["site"],
        message["log_level"],
        field(escaped(text) if on_terminal else text),
        iso(message["received_at"]),
    ]
    return f"{','.join(map(str, values))}\r\n"


def field(text: str) -> str:
    """A text as a field of CSV. A leading quote keeps spreadsheets from running it as a formula."""
    safe = f"'{text}" if FORMULA.match(text) else text
    return '"{}"'.format(safe.replace('"', '""'))


def as_json(message: Mapping[str, Any]) -> str:
    """A message as a JSON object on one line, in ASCII, so that no terminal or encoding minds it."""
    return json.dumps(message).replace("\x7f", "\\u007f")


def counted(number: int) -> str:
    return "1 message" if number == 1 else f"{number:,} messages"


def iso(timestamp: float, local: bool = False) -> str:
    """ISO 8601 to the second, in UTC or with the offset of local time; a number if there is no such year."""
    try:
        moment = datetime.fromtimestamp(timestamp // 1, timezone.utc)
        if local:
            return moment.astimezone().isoformat()
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 999 else str(timestamp)
    except (ValueError, OverflowError, OSError):
        return str(timestamp)
