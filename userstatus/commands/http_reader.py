"""Reading from a server over HTTP: `GET` with a time limit, a key, and errors that say what to do."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import urlencode

from userstatus import __version__
from userstatus.client.destination import base_url
from userstatus.commands.outcome import USAGE_ERROR, CommandFailed

TIMEOUT_S = 60.0  # a long page may take its time
TRY_LATER = (408, 429, 500, 502, 503, 504)  # statuses that may be others the next time
MAX_REASON_CHARS = 300
KEY_REMEDY = "give it with --key or USERSTATUS_KEY"


class RequestFailed(Exception):
    """A request was not answered as it should be.

    `status` is the HTTP status, None if there was no response; `retry_after` the seconds that the server asks
    to wait, if it does.
    """

    def __init__(self, reason: str, status: int | None = None, retry_after: float | None = None):
        super().__init__(reason)
        self.status = status
        self.retry_after = retry_after

    @property
    def is_busy(self) -> bool:
        """Whether the server answered that the same request may succeed later."""
        return self.status in TRY_LATER


class Page(NamedTuple):
    """A JSON response and its headers."""

    content: Any
    headers: Message


class Server(NamedTuple):
    """A server to read from: its base URL, and a key that may read, if there is one."""

    url: str
    key: str | None = None

    @classmethod
    def of(cls, url: str | None, key: str | None) -> Server:
        """The server of the arguments. Raises CommandFailed."""
        if not url:
            raise CommandFailed("the server's URL is missing: give --url, or set USERSTATUS_URL", USAGE_ERROR)
        try:
            base, key_in_url = base_url(url)
        except ValueError as error:
            raise CommandFailed(str(error), USAGE_ERROR) from None
        if key and not (key.isascii() and key.isprintable()):
            raise CommandFailed("the key has characters that no key has: copy it again", USAGE_ERROR)
        return cls(base, key or key_in_url)

    def page(self, path: str, parameters: dict[str, Any]) -> Page:
        """The JSON that a path answers with. Raises RequestFailed."""
        try:
            with self.open(path, parameters, TIMEOUT_S) as response:
                return Page(json.loads(response.read()), response.headers)
        except (OSError, http.client.HTTPException) as error:
            raise RequestFailed(f"{self.url} stopped answering: {error}") from None
        except ValueError:
            raise _is_other(self.url) from None

    def open(
        self, path: str, parameters: dict[str, Any], timeout: float, **headers: str
    ) -> http.client.HTTPResponse:
        """A response of status 200, to be read and closed; any read may take `timeout` seconds.

        Names of headers have underscores for hyphens. Raises RequestFailed.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            named["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(
            f"{self.url}{path}?{urlencode(parameters)}",
            headers={"User-Agent": f"userstatus/{__version__}", **named},
        )
        try:
            response: http.client.HTTPResponse = _opener().open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise _rejected(error) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise RequestFailed(f"cannot reach {self.url}: {reason}") from None
        return response


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the key would go wherever it leads."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(_NoRedirect)  # which also uses the proxies of the environment


def _rejected(error: urllib.error.HTTPError) -> RequestFailed:
    try:
        reason = str(json.loads(error.read(64 * 1024))["error"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, RecursionError):
        reason = str(error.reason)
    if moved := error.headers.get("Location"):
        reason = f"it is at {moved.partition('?')[0]} now: change the URL"
    if error.code == 401:
        reason = f"{reason.partition(':')[0]}: {KEY_REMEDY}"
    pause = error.headers.get("Retry-After", "")
    seconds = float(pause) if pause.isascii() and pause.isdecimal() and len(pause) < 6 else None
    return RequestFailed(f"{error.code} {reason}"[:MAX_REASON_CHARS], error.code, seconds)


def _is_other(url: str) -> RequestFailed:
    return RequestFailed(f"what answers at {url} is not userstatus: check the URL", 404)
