"""The environment, read and checked once: one frozen object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from userstatus.errors import StartError

T = TypeVar("T")

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {"k": 1024, "m": 1024**2}
ORIGIN = re.compile(r"https?://([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")
LONGEST = 3650 * 86400


def port(text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError
    return int(text)


def duration(text: str) -> int:
    """Seconds in `90s`, `15m`, `24h` or `7d`."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    seconds = int(match[1]) * SECONDS[match[2]] if match else 0
    if not 1 <= seconds <= LONGEST:
        raise ValueError
    return seconds


def size(text: str) -> int:
    """Bytes in `64k` or `1m`."""
    match = re.fullmatch(r"([0-9]{1,9})([km])", text)
    found = int(match[1]) * BYTES[match[2]] if match else 0
    if not 16 * 1024 <= found <= 1024**3:
        raise ValueError
    return found


def origins(text: str) -> tuple[str, ...]:
    """The origins (scheme, host, port) in a comma-separated list, or `("*",)`."""
    names = tuple(name.strip().rstrip("/").lower() for name in text.split(",") if name.strip())
    if not names or not all(name == "*" or ORIGIN.fullmatch(name) for name in names):
        raise ValueError
    return ("*",) if "*" in names else names


def log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError
    return text.lower()


def database_url(text: str) -> sa.URL:
    """A file of SQLite or a Postgres database; `postgres://` as platforms write it means psycopg 3."""
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise ValueError from error
    if url.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        if _has_stray_at(text, url):
            raise ValueError
        return url.set(drivername="postgresql+psycopg")
    if url.drivername != "sqlite" or not url.database or url.database.startswith((":memory:", "file:")):
        raise ValueError
    return url


def _has_stray_at(text: str, url: sa.URL) -> bool:
    """Whether an @ within the password was taken for its end, and the rest of it for a host."""
    address, _, query = text.partition("?")
    bare = "".join(part for part in query.split("&") if "=" not in part)
    return address.count("@") > (url.username is not None) or "@" in bare


def without_secrets(text: str) -> str:
    """A database's address as it may be shown: where there may be a password in it, the scheme alone."""
    if re.fullmatch(r"([a-z0-9+]+:/{0,4})?[^@?=;:\s]*", text):
        return text
    scheme, colon, _ = text.partition(":")
    return f"{scheme}:…" if colon and re.fullmatch("[a-zA-Z0-9+]{1,32}", scheme) else "…"


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

        def read(name: str, default: str, parse: Callable[[str], T], expected: str) -> T:
            text = environ.get(name, "").strip() or default
            try:
                return parse(text)
            except ValueError:
                shown = without_secrets(text) if name == "DATABASE_URL" else text
                raise StartError(f"{name} is {shown!r}, expected {expected}") from None

        duration_expected = "a duration like 90s, 15m, 24h or 7d, from 1s to 3650d"
        return cls(
            host=read("HOST", "127.0.0.1", str, "an address"),
            port=read("PORT", "8080", port, "a port number from 1 to 65535"),
            database_url=read(
                "DATABASE_URL",
                "sqlite:///userstatus.db",
                database_url,
                "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE, an @ in the password as %40",
            ),
            message_ttl=read("MESSAGE_TTL", "7d", duration, duration_expected),
            purge_interval=read("PURGE_INTERVAL", "10m", duration, duration_expected),
            viewer_buffer=read("VIEWER_BUFFER", "1m", size, "a size like 256k or 1m, from 16k to 1024m"),
            cors_origins=read(
                "CORS_ORIGINS", "*", origins, "* or origins like https://www.example.org, with commas"
            ),
            log_level=read("LOG_LEVEL", "info", log_level, f"one of {', '.join(LOG_LEVELS)}"),
        )
