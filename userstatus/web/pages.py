"""The pages for people, and the custom element they consist of, which other sites' pages can use, too."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from userstatus import __version__
from userstatus.errors import Rejection
from userstatus.live.requests import read_sites
from userstatus.message import EVERY_SITE
from userstatus.settings import duration_in_words

# Nothing from other origins and no inline script, so that no message can ever run as one.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


class Pages:
    """The pages of one service; they show the stage if it is not prod.

    `ttl` is how long messages live, in seconds.
    """

    def __init__(self, stage: str, ttl: int):
        self.stage = stage
        self.ttl = ttl

    def blueprint(self) -> Blueprint:
        pages = Blueprint(
            "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
        )
        pages.get("/")(self.wall)
        pages.get("/watch")(self.watch_everything)
        pages.get("/watch/<sites>")(self.watch)
        pages.after_request(open_to_other_origins)
        return pages

    def wall(self) -> Response:
        return self._page("wall.html", ttl=duration_in_words(self.ttl))

    def watch_everything(self) -> BaseResponse:
        return redirect(url_for("pages.watch", sites=EVERY_SITE))

    def watch(self, sites: str) -> Response:
        return self._page("watch.html", sites=read_sites(sites, every=True))

    def rejected(self, rejection: Rejection) -> Response:
        """The page that says to a person what the JSON of a rejection says to a program."""
        what = HTTPStatus(rejection.status).phrase.capitalize()
        return self._page("rejected.html", rejection.status, what=what, error=rejection.error)

    def _page(self, template: str, status: int = 200, **content: object) -> Response:
        page = render_template(template, stage=self.stage, version=__version__, **content)
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
