"""The pages for people, and the custom element they consist of, which other sites' pages can use, too."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from userstatus import __version__
from userstatus.access import credentials
from userstatus.durations import duration_in_words
from userstatus.duty.duty import Duty
from userstatus.errors import Rejection
from userstatus.live.requests import read_sites
from userstatus.message import EVERY_SITE
from userstatus.web.doors import Doors
from userstatus.web.static_files import StaticFiles

# Nothing from other origins and no inline script, so that no message can ever run as one.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class Pages:
    """The pages of one service; they show the stage if it is not prod.

    `ttl` is how long messages live, in seconds; `doors` says what may be seen, `duty` how people call sites.
    """

    def __init__(self, stage: str, ttl: int, doors: Doors, duty: Duty):
        self.stage = stage
        self.ttl = ttl
        self.doors = doors
        self.duty = duty
        self.files = StaticFiles()

    def blueprint(self) -> Blueprint:
        pages = Blueprint("pages", __name__, template_folder="templates")
        pages.add_url_rule("/static/<path:filename>", "static", self.files.send)
        pages.get("/")(self.wall)
        pages.get("/watch")(self.watch_everything)
        pages.get("/watch/<sites>")(self.watch)
        pages.after_request(open_to_other_origins)
        return pages

    def wall(self) -> BaseResponse:
        if (own := self.doors.own_sites()) is not None:
            return redirect(url_for("pages.watch", sites=",".join(own)))
        self.doors.permit([EVERY_SITE])
        return self._page("wall.html", ttl=duration_in_words(self.ttl))

    def watch_everything(self) -> BaseResponse:
        return redirect(url_for("pages.watch", sites=",".join(self.doors.own_sites() or [EVERY_SITE])))

    def watch(self, sites: str) -> Response:
        wanted = read_sites(sites, every=True)
        self.doors.permit(wanted)
        names = "every site" if wanted == [EVERY_SITE] else ", ".join(map(self._with_name, wanted))
        return self._page("watch.html", sites=wanted, names=names)

    def _with_name(self, site: str) -> str:
        """A site as people read it, such as `mrc1 (McDonald 1)`."""
        name = self.duty.config.site(site).name
        return site if name is None else f"{site} ({name})"

    def sign_in(self, path: str, rejection: Rejection | None = None) -> Response:
        """The page on which a key is entered, to go on to a path of this service."""
        status, error = (rejection.status, rejection.error) if rejection else (200, "")
        return self._page("sign_in.html", status, path=path, error=error)

    def rejected(self, rejection: Rejection) -> Response:
        """The page that says to a person what the JSON of a rejection says to a program."""
        what = HTTPStatus(rejection.status).phrase.capitalize()
        return self._page("rejected.html", rejection.status, what=what, error=rejection.error)

    def docs(self, openapi: Mapping[str, Any], asyncapi: Mapping[str, Any]) -> Response:
        """The page that shows the descriptions of the API."""
        return self._page("docs.html", openapi=openapi, asyncapi=asyncapi)

    def _page(self, template: str, status: int = 200, **content: object) -> Response:
        signed_in = credentials.COOKIE in request.cookies and g.get("key") is not None
        page = render_template(
            template, stage=self.stage, version=__version__, signed_in=signed_in, **content
        )
        response = Response(page, status, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Referrer-Policy"] = "same-origin"
        return response


def open_to_other_origins(response: Response) -> Response:
    """Allow any origin to load the scripts: modules need CORS, and they contain no secrets."""
    if response.mimetype != "text/html":
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Cache-Control"] = "no-cache"  # revalidated each time; usually a 304
    return response
