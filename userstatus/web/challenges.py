"""Challenges: what a 401 asks of a client that sends its key only once it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BASIC = ("WWW-Authenticate", 'Basic realm="userstatus"')
OF_BROWSERS = ("HTTP_ORIGIN", "HTTP_SEC_FETCH_MODE", "HTTP_ACCEPT_LANGUAGE")


def challenges(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers that a 401 has besides that of every one, in response to a request (a WSGI environ).

    wget, Java and many others have a user name and a password in the URL or in their settings, but send them
    only in response to this challenge. A browser would hold back the response and show a dialog of its own,
    even when it was a page's script that asked, and the page would wait.

    Browsers send an Origin with whatever a script posts, Sec-Fetch-Mode to a secure origin or localhost, and
    the languages of their user with everything; a program sends none of these by itself.
    """
    return [] if any(name in environ for name in OF_BROWSERS) else [BASIC]
