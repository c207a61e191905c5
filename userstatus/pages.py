"""The pages people watch, and the element they are made of, for pages elsewhere, too."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from userstatus import parameters
from userstatus.errors import Refusal
from userstatus.models import EVERY_SITE

# Nothing from anywhere else, no script within a page: what a telescope sends can never become one.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)

pages = Blueprint("pages", __name__, static_folder="static", static_url_path="/static")


@pages.get("/")
def wall() -> Response:
    return _page("wall.html")


@pages.get("/watch")
def watch_everything() -> BaseResponse:
    return redirect(url_for("pages.watch", sites=EVERY_SITE))


@pages.get("/watch/<sites>")
def watch(sites: str) -> Response:
    try:
        names = parameters.read_sites(sites, every=True)
    except Refusal as refusal:
        return _page("refused.html", refusal.status, error=refusal.error)
    return _page("watch.html", sites=names)


def _page(template: str, status: int = 200, **content: object) -> Response:
    response = Response(render_template(template, **content), status, mimetype="text/html")
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


@pages.after_request
def for_other_origins(response: Response) -> Response:
    """Scripts are modules, which a page elsewhere gets only with the leave of CORS. They hold no secret."""
    if response.mimetype != "text/html":
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Cache-Control"] = "no-cache"  # asked for again each time, answered 304
    return response
