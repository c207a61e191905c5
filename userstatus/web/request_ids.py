"""Request ids: what a client, a proxy and the log call the same request by."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from userstatus.redaction import redacted

VALID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """Names requests: a random prefix for the process, and a number. A UUID for each would take 2 µs."""

    def __init__(self) -> None:
        self._prefix = secrets.token_hex(4)
        self._count = 0

    def of(self, headers: Mapping[str, str]) -> str:
        """The id that came with a request, if it is a valid one and no key, or else a new one.

        `headers` are by lowercase name. Whatever is valid can be logged as it is.
        """
        given = headers.get("x-request-id")
        if given is not None and VALID.fullmatch(given) and redacted(given) == given:
            return given
        self._count += 1
        return f"{self._prefix}-{self._count}"
