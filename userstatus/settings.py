"""Settings: read from the environment and validated once, into one frozen object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

from userstatus.durations import DURATION_EXPECTED, duration
from userstatus.errors import StartError

T = TypeVar("T")

PROD = "prod"
DEV = "dev"
STAGES = (PROD, DEV)
OPEN, CLOSED = "open", "keys"
DOORS = (OPEN, CLOSED)  # who comes in: everybody, or whoever has a key
OFF = "off"
UNITS = {1: "second", 60: "minute", 3600: "hour"}
PROXIES = ("loopback", "private", "none")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
TEXT, JSON = LOG_FORMATS = ("text", "json")
BYTES_IN = {"k": 1024, "m": 1024**2}
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
PUBLIC_URL = re.compile(rf"(?i:{ORIGIN.pattern})(/[A-Za-z0-9._~-]+)*/?")
HOST = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\]")


def door(text: str) -> str:
    if text.lower() not in DOORS:
        raise ValueError
    return text.lower()


def hosts(text: str) -> tuple[str, ...]:
    """The host names in a comma-separated list; `*` for any, `.example.org` for all that end with it."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not names or not all(name == "*" or HOST.fullmatch(name) for name in names):
        raise ValueError
    return names


@dataclass(frozen=True)
class Limit:
    """At most `count` in `seconds`; as text, such as `60,000 messages a minute`, or `of` something else."""

    count: int
    seconds: int

    def __str__(self) -> str:
        return self.of("messages")

    def of(self, what: str) -> str:
        unit = UNITS[self.seconds]
        return f"{self.count:,} {what} {'an' if unit == 'hour' else 'a'} {unit}"


def limit(text: str) -> Limit | None:
    """The limit in text such as `600/minute`; None if it is `off`."""
    if text.lower() == OFF:
        return None
    match = re.fullmatch(r"([0-9]{1,9})/(second|minute|hour)", text.lower())
    if not match or not int(match[1]):
        raise ValueError
    return Limit(int(match[1]), next(seconds for seconds, unit in UNITS.items() if unit == match[2]))


def number(text: str) -> int | None:
    """The number in text, at least 1; None if it is `off`."""
    if text.lower() == OFF:
        return None
    if not re.fullmatch("[0-9]{1,9}", text) or not int(text):
        raise ValueError
    return int(text)


def hops(text: str) -> int:
    if not re.fullmatch("[1-9]", text):
        raise ValueError
    return int(text)


def proxies(text: str) -> tuple[str, ...]:
    """The names, addresses and networks in a comma-separated list."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    if not names:
        raise ValueError
    for name in names:
        if name not in PROXIES:
            ip_network(name)
    return names


def port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError
    return int(text)


def size(text: str) -> int:
    """The number of bytes in text such as `64k` or `1m`."""
    match = re.fullmatch(r"([0-9]{1,9})([km])", text)
    found = int(match[1]) * BYTES_IN[match[2]] if match else 0
    if not 16 * 1024 <= found <= 1024**3:
        raise ValueError
    return found


def origins(text: str) -> tuple[str, ...]:
    """The origins (scheme, host, port) in a comma-separated list, or `("*",)`."""
    names = tuple(name.strip().rstrip("/").lower() for name in text.split(",") if name.strip())
    if not names or not all(name == "*" or ORIGIN.fullmatch(name) for name in names):
        raise ValueError
    return ("*",) if "*" in names else names


def public_url(text: str) -> str | None:
    """The URL without a slash at its end; None if there is none."""
    if text and not PUBLIC_URL.fullmatch(text):
        raise ValueError
    return text.rstrip("/") or None


def log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError
    return text.lower()


def _format(text: str) -> str:
    if text.lower() not in LOG_FORMATS:
        raise ValueError
    return text.lower()


def stages(text: str) -> tuple[str, ...]:
    """The stages in a comma-separated list; prod is always included."""
    names = {name.strip().lower() for name in text.split(",") if name.strip()}
    if PROD not in names or not names <= set(STAGES):
        raise ValueError
    return tuple(stage for stage in STAGES if stage in names)


@dataclass(frozen=True)
class Settings:
    """All settings. Durations are in seconds, sizes in bytes; `database_url` is parsed when it is opened."""

    host: str
    port: int
    database_url: str
    message_ttl: int
    purge_interval: int
    viewer_buffer: int
    cors_origins: tuple[str, ...]
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    proxy_hops: int
    address_limit: Limit | None
    site_limit: Limit | None
    wrong_keys: Limit | None
    address_viewers: int | None
    max_viewers: int | None
    posting: str
    reading: str
    log_level: str
    log_format: str
    stages: tuple[str, ...]
    config: Path | None
    public_url: str | None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; a variable that is set but empty counts as not set.

        Raises StartError with one line that names the variable, its value and what was expected.
        """
        read = _Reader(environ)
        return cls(
            host=read("HOST", "127.0.0.1", str, "an address"),
            port=read("PORT", "8080", port, "a port number from 1 to 65535"),
            database_url=read("DATABASE_URL", "sqlite:///userstatus.db", str, "the URL of a database"),
            message_ttl=message_ttl(environ),
            purge_interval=read("PURGE_INTERVAL", "10m", duration, DURATION_EXPECTED),
            log_level=read("LOG_LEVEL", "info", log_level, f"one of {', '.join(LOG_LEVELS)}"),
            log_format=log_format(environ),
            stages=read("STAGES", "prod,dev", stages, "prod, or prod,dev"),
            config=config_path(environ),
            public_url=read(
                "PUBLIC_URL", "", public_url, "the URL of the pages, like https://status.example.org"
            ),
            **_doors(read),
            **_limits(read),
        )


class _Reader:
    """Reads variables of an environment."""

    def __init__(self, environ: Mapping[str, str]):
        self.environ = environ

    def __call__(self, name: str, default: str, parse: Callable[[str], T], expected: str) -> T:
        text = self.environ.get(name, "").strip() or default
        try:
            return parse(text)
        except ValueError:
            raise StartError(f"{name} is {text!r}, expected {expected}") from None


def log_format(environ: Mapping[str, str]) -> str:
    """LOG_FORMAT alone, as whatever is wrong with other settings is to be told in it. Raises StartError."""
    return _Reader(environ)("LOG_FORMAT", TEXT, _format, "text or json")


def message_ttl(environ: Mapping[str, str]) -> int:
    """MESSAGE_TTL alone, in seconds. Raises StartError."""
    return _Reader(environ)("MESSAGE_TTL", "7d", duration, DURATION_EXPECTED)


def config_path(environ: Mapping[str, str]) -> Path | None:
    """CONFIG alone, for who does nothing but check that file."""
    return Path(name) if (name := environ.get("CONFIG", "").strip()) else None


def _doors(read: _Reader) -> dict[str, Any]:
    """Who may come in, and by which ways."""
    return {
        "cors_origins": read(
            "CORS_ORIGINS", "*", origins, "* or origins like https://www.example.org, with commas"
        ),
        "allowed_hosts": read(
            "ALLOWED_HOSTS", "*", hosts, "* or host names like status.example.org, with commas, no ports"
        ),
        "trusted_proxies": read(
            "TRUSTED_PROXIES",
            "loopback",
            proxies,
            "loopback, private, none, or addresses and networks, with commas",
        ),
        "proxy_hops": read("PROXY_HOPS", "1", hops, "a number from 1 to 9"),
        "posting": read("POSTING", OPEN, door, "open, or keys if posting needs a key"),
        "reading": read("READING", OPEN, door, "open, or keys if reading needs a key"),
    }


def _limits(read: _Reader) -> dict[str, Any]:
    """How much there may be of everything."""
    limit_expected = "a limit like 600/minute, per second, minute or hour, or off"
    return {
        "viewer_buffer": read("VIEWER_BUFFER", "1m", size, "a size like 256k or 1m, from 16k to 1024m"),
        "address_limit": read("ADDRESS_LIMIT", "60000/minute", limit, limit_expected),
        "site_limit": read("SITE_LIMIT", "60000/minute", limit, limit_expected),
        "wrong_keys": read("WRONG_KEYS", "30/minute", limit, limit_expected),
        "address_viewers": read("ADDRESS_VIEWERS", "1000", number, "a number, or off"),
        "max_viewers": read("MAX_VIEWERS", "20000", number, "a number, or off"),
    }
