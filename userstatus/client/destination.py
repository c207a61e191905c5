"""Where messages go: the server's URL, the site, the key; and what a server says to a request."""

from __future__ import annotations

import http.client
import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from email.utils import mktime_tz, parsedate_tz
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from userstatus import __version__
from userstatus.message import SITE, SITE_REMEDY

SUFFIX = ".spool"  # of the files in which messages wait
TIMEOUT_S = 15.0  # for a server that does not answer
CONTENT_ERRORS = (400, 422)  # which a message gets for what it is, however often it is sent
TOO_LARGE = 413  # also from a proxy, which allows for less than the server does
MAX_REASON_CHARS = 300
MAX_ANSWER_BYTES = 1024 * 1024
MAX_PAUSE_S = 3600.0  # that a server, or what answers in its place, may ask for
KEY = re.compile("[!-~]+")


class Stored(NamedTuple):
    """The server has the messages in its log."""


class Refused(NamedTuple):
    """The server will not take these messages, whenever they are sent."""

    reason: str


class Later(NamedTuple):
    """The messages were not stored, but may be: after `pause` seconds, if the server gave a time."""

    reason: str
    pause: float | None = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: a POST would become a GET, and the message would be lost."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Destination(NamedTuple):
    """The base URL of a server, such as `https://status.example.org`, a site of it, and the key to post."""

    url: str
    site: str
    key: str | None = None

    @classmethod
    def of(
        cls,
        url: str | None,
        site: str | None,
        key: str | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Destination:
        """The destination, of which the environment gives what is None. Raises ValueError."""
        given_url = url or environ.get("USERSTATUS_URL", "").strip()
        given_site = site or environ.get("USERSTATUS_SITE", "").strip()
        if not given_url:
            raise ValueError("the server's URL is missing: give url, or set USERSTATUS_URL")
        if not given_site:
            raise ValueError("the site is missing: give site, or set USERSTATUS_SITE")
        if not SITE.fullmatch(given_site):
            raise ValueError(f"site is {given_site!r}: {SITE_REMEDY}")
        base, key_in_url = base_url(given_url)
        given_key = (key or key_in_url or environ.get("USERSTATUS_KEY", "")).strip() or None
        if given_key is not None and not KEY.fullmatch(given_key):
            raise ValueError("the key has a space or another character that no key has: copy it again")
        return cls(base, given_site.lower(), given_key)

    def __repr__(self) -> str:
        """Without the key, as this may be shown in a traceback."""
        return f"Destination({self.url!r}, {self.site!r})"

    @property
    def file_name(self) -> str:
        """A name for a file that only messages for this site of this server are in."""
        server = re.sub(r"[^A-Za-z0-9.-]+", "_", self.url.partition("://")[2]).strip("_")
        return f"{self.site}@{server[-100:]}{SUFFIX}"

    def post(self, bodies: Sequence[str]) -> Any:
        """Send messages, given as JSON objects, in one request; returns Stored, Refused or Later."""
        body = bodies[0] if len(bodies) == 1 else f"[{','.join(bodies)}]"
        request = urllib.request.Request(f"{self.url}/newlog", body.encode("ascii"), self._headers())
        try:
            with _opener().open(request, timeout=TIMEOUT_S) as response:
                return _answer(response.read(MAX_ANSWER_BYTES), len(bodies), self.url)
        except urllib.error.HTTPError as error:
            with error:
                return _rejected(error)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Later(f"cannot reach {self.url}: {getattr(error, 'reason', error)}"[:MAX_REASON_CHARS])

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": f"userstatus/{__version__}"}
        if self.key is not None:
            headers["Authorization"] = f"Bearer {self.key}"
        return headers


def _opener() -> urllib.request.OpenerDirector:
    """What opens a URL, by a proxy if the environment names one.

    By default, urllib asks the system settings of macOS as well, which crashes a process that was forked.
    """
    proxies = urllib.request.ProxyHandler(urllib.request.getproxies_environment())
    return urllib.request.build_opener(_NoRedirect, proxies)


def base_url(url: str) -> tuple[str, str | None]:
    """The base of a URL as it may be given, such as `https://x:KEY@host/logs/newlog`, and the key in it.

    Raises ValueError if it is none.
    """
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        parts, port = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"url is {_without_key(url)!r}: give one like https://status.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/").removesuffix("/newlog")
    key = unquote(parts.password) if parts.password else None
    return urlunsplit((parts.scheme, host + port, path, "", "")), key


def _without_key(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//…@", url)


def _answer(body: bytes, sent: int, url: str) -> Any:
    """What a response of status 200 says; a network that wants a login answers with a page of its own."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        ids = [content["id"]] if "id" in content else content.get("ids")
        if isinstance(ids, list) and len(ids) == sent:
            return Stored()
    return Later(f"what answers at {url} is not userstatus: check the URL")


def _rejected(error: urllib.error.HTTPError) -> Any:
    try:
        content = json.loads(error.read(64 * 1024))
        reason = str(content["error"])
        understood = isinstance(content.get("field"), str)  # which others' errors seldom have
    except (
        OSError,
        http.client.HTTPException,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ):
        reason, understood = str(error.reason), False
    if moved := error.headers.get("Location"):
        reason = f"it is at {moved} now: change the URL"
    reason = f"{error.code} {reason}"[:MAX_REASON_CHARS]
    if error.code == TOO_LARGE or (understood and error.code in CONTENT_ERRORS):
        return Refused(reason)
    return Later(reason, _seconds(error.headers.get("Retry-After")))


def _seconds(retry_after: str | None) -> float | None:
    """The seconds in a Retry-After header, which may be a date, an hour at most; None if it has none."""
    if not retry_after:
        return None
    try:
        seconds: float = int(retry_after)
    except ValueError:
        moment = parsedate_tz(retry_after)
        if moment is None:
            return None
        seconds = mktime_tz(moment) - time.time()
    return float(min(max(seconds, 0), MAX_PAUSE_S))
