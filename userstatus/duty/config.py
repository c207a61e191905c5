"""The configuration file: what does not fit into an environment variable. Nothing in it is needed.

It is TOML (https://toml.io/en/v1.0.0); `deploy/userstatus.toml` is a complete example.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from userstatus.durations import DURATION_EXPECTED, duration
from userstatus.errors import StartError
from userstatus.message import EVERY_SITE, LEVELS, SITE, SITE_REMEDY, quoted

T = TypeVar("T")

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
MAX_NAME_CHARS = 100
AGAIN_AFTER_S = 1800
UTC = ZoneInfo("UTC")
ANY = frozenset({EVERY_SITE})
LEVELS_EXPECTED = f"one of {', '.join(LEVELS)}"


@dataclass(frozen=True)
class Site:
    """What is known of a site: how people call it, and after how many seconds its silence is told."""

    name: str | None = None
    silent_after: int | None = None
    timezone: ZoneInfo = UTC


@dataclass(frozen=True)
class LevelRule:
    """Messages of `sites` (`*` is every site) whose text matches a regular expression have this level."""

    pattern: Any  # of RE2, which takes linear time whatever the text is
    level: str
    sites: frozenset[str] = ANY


@dataclass(frozen=True)
class Alert:
    """Who is called (Apprise URLs), about what: messages of `level` and worse (None: no message), silence.

    The same text of a site, or its silence, calls again after `again_after` seconds at the earliest.
    """

    to: tuple[str, ...]
    level: str | None = None
    sites: frozenset[str] = ANY
    silence: bool = False
    again_after: int = AGAIN_AFTER_S

    def covers(self, site: str) -> bool:
        """Whether it is about a site."""
        return EVERY_SITE in self.sites or site in self.sites


@dataclass(frozen=True)
class Config:
    """A configuration; without a file, an empty one."""

    sites: Mapping[str, Site] = field(default_factory=lambda: MappingProxyType({}))
    levels: tuple[LevelRule, ...] = ()
    alerts: tuple[Alert, ...] = ()

    def site(self, code: str) -> Site:
        """What is known of a site."""
        return self.sites.get(code, UNKNOWN)

    def __str__(self) -> str:
        """How much it says, such as `3 sites, 2 level rules, 1 alert`."""
        parts = ((self.sites, "site"), (self.levels, "level rule"), (self.alerts, "alert"))
        return ", ".join(f"{len(part)} {name}{'' if len(part) == 1 else 's'}" for part, name in parts)


NOTHING = Config()
UNKNOWN = Site()


def read_config(path: Path, environ: Mapping[str, str]) -> Config:
    """Read a configuration file. Raises StartError with one line: file, key, value and what is expected."""
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise StartError(f"cannot read CONFIG {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StartError(f"{path} is not TOML: {error}") from error
    return parse_config(content, str(path), environ)


def parse_config(content: Mapping[str, Any], name: str, environ: Mapping[str, str]) -> Config:
    """The configuration in the content of a file with this name. Raises StartError."""
    top = _Table(content, name, "", environ)
    config = Config(
        sites=MappingProxyType(
            dict(_site(top.table("sites").table(code)) for code in top.table("sites").values)
        ),
        levels=tuple(_level_rule(each) for each in top.tables("levels")),
        alerts=tuple(_alert(each) for each in top.tables("alerts")),
    )
    top.reject_others("sites", "levels", "alerts")
    return config


def _site(table: _Table) -> tuple[str, Site]:
    code = table.key.removeprefix("sites.")
    if not SITE.fullmatch(code):
        table.reject(f"expected a site code: {SITE_REMEDY}")
    table.reject_others("name", "silent_after", "timezone")
    return code.lower(), Site(
        name=table.get("name", _name, f"text of at most {MAX_NAME_CHARS} characters in one line"),
        silent_after=table.get("silent_after", duration, DURATION_EXPECTED),
        timezone=table.get("timezone", _timezone, "a time zone like America/Chicago") or UTC,
    )


def _level_rule(table: _Table) -> LevelRule:
    table.reject_others("sites", "match", "level")
    return LevelRule(
        pattern=table.need("match", _pattern, "a regular expression as of RE2"),
        level=table.need("level", _level, LEVELS_EXPECTED),
        sites=table.sites(),
    )


def _alert(table: _Table) -> Alert:
    table.reject_others("to", "level", "sites", "silence", "again_after")
    alert = Alert(
        to=tuple(table.texts("to")),
        level=table.get("level", _level, LEVELS_EXPECTED),
        sites=table.sites(),
        silence=table.flag("silence"),
        again_after=table.get("again_after", duration, DURATION_EXPECTED) or AGAIN_AFTER_S,
    )
    if not alert.to:
        table.reject("to is missing, expected a list of Apprise URLs")
    if alert.level is None and not alert.silence:
        table.reject("expected a level, silence = true, or both")
    return alert


class _Table:
    """A table of the file, whose values are read with `${NAME}` replaced by the variable's value."""

    def __init__(self, values: Mapping[str, Any], file: str, key: str, environ: Mapping[str, str]):
        self.values = values
        self.file = file
        self.key = key
        self.environ = environ

    def reject(self, problem: str, key: str = "") -> NoReturn:
        if not key:
            raise StartError(f"{self.file}: {self.key}: {problem}")
        raise StartError(f"{self.file}: {self.key}{'.' if self.key else ''}{key} {problem}")

    def reject_others(self, *known: str) -> None:
        for key in self.values:
            if key not in known:
                self.reject(f"is unknown, expected one of {', '.join(known)}", key)

    def table(self, key: str) -> _Table:
        found = self.values.get(key, {})
        if not isinstance(found, dict):
            self.reject(f"is {quoted(found)}, expected a table: [{self.key or key}]", key)
        return _Table(found, self.file, f"{self.key}.{key}" if self.key else key, self.environ)

    def tables(self, key: str) -> list[_Table]:
        found = self.values.get(key, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self.reject(f"is {quoted(found)}, expected tables: [[{key}]]", key)
        return [
            _Table(each, self.file, f"{key}[{number}]", self.environ) for number, each in enumerate(found, 1)
        ]

    def need(self, key: str, parse: Callable[[str], T], expected: str) -> T:
        if key not in self.values:
            self.reject(f"is missing, expected {expected}", key)
        return self._parsed(key, self.values[key], parse, expected)

    def get(self, key: str, parse: Callable[[str], T], expected: str) -> T | None:
        return self.need(key, parse, expected) if key in self.values else None

    def _parsed(self, key: str, value: Any, parse: Callable[[str], T], expected: str) -> T:
        text = self._text(key, value, expected)
        try:
            return parse(text)
        except ValueError as error:
            detail = f" ({error})" if parse is _pattern else ""
            self.reject(f"is {quoted(value)}, expected {expected}{detail}", key)

    def _text(self, key: str, value: Any, expected: str) -> str:
        if not isinstance(value, str):
            self.reject(f"is {quoted(value)}, expected {expected}", key)
        for name in VARIABLE.findall(value):
            if not self.environ.get(name):
                self.reject(f"names the variable {name}, which is not set", key)
        return VARIABLE.sub(lambda found: self.environ[found[1]], value)

    def texts(self, key: str) -> list[str]:
        found = self.values.get(key, [])
        found = found if isinstance(found, list) else [found]
        return [self._text(key, each, "a list of texts") for each in found]

    def sites(self) -> frozenset[str]:
        codes = self.texts("sites") if "sites" in self.values else [EVERY_SITE]
        for code in codes:
            if code != EVERY_SITE and not SITE.fullmatch(code):
                self.reject(f"has {quoted(code)}: {SITE_REMEDY}, or *", "sites")
        return frozenset(code.lower() for code in codes)

    def flag(self, key: str) -> bool:
        found = self.values.get(key, False)
        if not isinstance(found, bool):
            self.reject(f"is {quoted(found)}, expected true or false", key)
        return found


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise ValueError
    return text.lower()


def _name(text: str) -> str:
    if not 0 < len(text) <= MAX_NAME_CHARS or not text.isprintable():
        raise ValueError
    return text


def _timezone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError from error


def _pattern(text: str) -> Any:
    """The compiled expression. Raises ValueError, whose text says what is wrong."""
    import re2  # only who has rules needs it

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise ValueError(error.args[0].decode(errors="replace")) from error
