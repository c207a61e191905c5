"""The environment, read and checked once: one frozen object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa

from userstatus.errors import StartError

T = TypeVar("T")

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"k": 1024, "m": 1024**2}
LONGEST = 3650 * 86400


def port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ValueError("a port number from 1 to 65535")
    return int(text)


def duration(text: str) -> int:
    """Seconds in `90s`, `15m`, `24h` or `7d`."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    seconds = int(match[1]) * SECONDS[match[2]] if match else 0
    if not 1 <= seconds <= LONGEST:
        raise ValueError("a duration like 90s, 15m, 24h or 7d, from 1s to 3650d")
    return seconds


def size(text: str) -> int:
    """Bytes in `64k` or `1m`."""
    match = re.fullmatch(r"([0-9]{1,9})([km])", text)
    found = int(match[1]) * BYTES[match[2]] if match else 0
    if not 16 * 1024 <= found <= 1024**3:
        raise ValueError("a size like 256k or 1m, from 16k to 1024m")
    return found


def origins(text: str) -> tuple[str, ...]:
    """The origins (scheme, host, port) in a comma-separated list, or `("*",)`."""
    names = tuple(name.strip().rstrip("/").lower() for name in text.split(",") if name.strip())
    for name in names:
        parts = urlsplit(name)
        if name != "*" and (
            parts.scheme not in ("http", "https") or name != f"{parts.scheme}://{parts.netloc}"
        ):
            raise ValueError("* or origins like https://www.example.org, with commas between them")
    return ("*",) if "*" in names else names


def log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"one of {', '.join(LOG_LEVELS)}")
    return text.lower()


def database_url(text: str) -> sa.URL:
    """A file of SQLite or a Postgres database; `postgres://` as platforms write it means psycopg 3."""
    expected = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise ValueError(expected) from None
    if url.drivername == "sqlite" and url.database not in (None, "", ":memory:"):
        return url
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    raise ValueError(expected)


def without_password(text: str) -> str:
    """A setting's value as it may be shown: what stands between `://` and `@` is a secret."""
    return re.sub(r"://[^@]*@", "://***@", text)


@dataclass(frozen=True)
class Settings:
    """All there is to set. Durations are in seconds, sizes in bytes."""

    host: str
    port: int
    database_url: sa.URL
    message_ttl: int
    purge_interval: int
    viewer_buffer: int
    cors_origins: tuple[str, ...]
    log_level: str

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings; a variable that is set but empty counts as not set.

        Raises StartError with one line that names the variable, its value and what is expected.
        """

        def read(name: str, default: str, parse: Callable[[str], T]) -> T:
            text = environ.get(name, "").strip() or default
            try:
                return parse(text)
            except ValueError as expected:
                raise StartError(f"{name} is {without_password(text)!r}, expected {expected}") from None

        return cls(
            host=read("HOST", "127.0.0.1", str),
            port=read("PORT", "8080", port),
            database_url=read("DATABASE_URL", "sqlite:///userstatus.db", database_url),
            message_ttl=read("MESSAGE_TTL", "7d", duration),
            purge_interval=read("PURGE_INTERVAL", "10m", duration),
            viewer_buffer=read("VIEWER_BUFFER", "1m", size),
            cors_origins=read("CORS_ORIGINS", "*", origins),
            log_level=read("LOG_LEVEL", "info", log_level),
        )
