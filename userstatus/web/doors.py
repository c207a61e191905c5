"""The doors: what Flask serves is checked here, before any endpoint sees the request."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from urllib.parse import unquote_plus

from flask import Flask, Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from userstatus.access import credentials
from userstatus.access.access import Access
from userstatus.errors import Rejection
from userstatus.live.permits import OPEN, Permit
from userstatus.message import EVERY_SITE
from userstatus.redaction import redacted
from userstatus.store.keys import READ, Key
from userstatus.web import rejections
from userstatus.web.cors import READING

# These show no messages. What posts is checked where messages come in (`ingest`), whatever way they come.
ALWAYS_OPEN = (
    "api.newlog",
    "health.healthz",
    "health.readyz",
    "pages.static",
    "sign_in.form",
    "sign_in.enter",
    "sign_in.leave",
)


class Doors:
    """Checks who may read, if that needs a key; the key of a request is in Flask's `g.key`.

    Every endpoint is closed unless it is named above, so that a new one cannot be forgotten. An endpoint that
    shows messages asks for the sites' `permit` as well.
    """

    def __init__(self, access: Access):
        self.access = access

    def install(self, app: Flask) -> None:
        app.before_request(self.check)
        app.after_request(self.keep_out_of_caches)

    def check(self) -> BaseResponse | None:
        """Reject a request, or send a person who has no key to where one can be entered. Raises Rejection."""
        g.key = None
        if request.endpoint in ALWAYS_OPEN or request.method == "OPTIONS":
            return None
        try:
            g.key = self.access.check(READ, self.secret(), request.environ["REMOTE_ADDR"])
        except Rejection as rejection:
            if rejection.status == 401 and is_page_visit():
                return redirect(url_for("sign_in.form", next=_own_path()), 303)
            raise
        return None

    def keep_out_of_caches(self, response: Response) -> Response:
        """What needs a key must not be kept where somebody without one can find it."""
        if self.access.reading and request.endpoint not in ALWAYS_OPEN:
            response.headers["Cache-Control"] = "no-store"
        return response

    def secret(self) -> str | None:
        """The secret that comes with the present request, if any."""
        # Where reading is open, nobody is turned away because of the cookie of a key that was revoked.
        find = credentials.of_reader if self.access.reading else credentials.presented
        return find(request.environ)

    def permit(self, sites: Collection[str]) -> Permit:
        """What the present request may watch; it must be allowed to watch these sites. Raises Rejection."""
        permit = self.permit_of(g.key, request.environ["REMOTE_ADDR"])
        permit.check(sites)
        return permit

    def permit_of(self, key: Key | None, address: str) -> Permit:
        """The permit of whoever has this key, or none, at an address."""
        if key is None and not self.access.reading:
            return OPEN
        return Permit(key, partial(self.access.check_sites, READ, key=key, address=address))

    def own_sites(self) -> list[str] | None:
        """The sites to which the present request's key is limited; None if there is no limit."""
        if not self.access.reading or g.key is None or EVERY_SITE in g.key.sites:
            return None
        return sorted(g.key.sites)


def _own_path() -> str:
    """The path and query of the present request, without a key, which is to be in no answer."""
    parts = request.query_string.decode("utf-8", "replace").split("&")
    query = "&".join(part for part in parts if unquote_plus(part.partition("=")[0]) != "key")
    return redacted(f"{request.script_root}{request.path}?{query}".rstrip("?"))


def is_page_visit() -> bool:
    """Whether the present request is that of a browser that shows an address."""
    return request.method in READING and rejections.prefers_html(request.accept_mimetypes)
