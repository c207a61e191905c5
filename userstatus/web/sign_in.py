"""Signing in: a person enters a key once, and the browser keeps it in a cookie that no script can read."""

from __future__ import annotations

from urllib.parse import parse_qs

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from userstatus.access import credentials
from userstatus.access.access import Access
from userstatus.errors import Rejection
from userstatus.redaction import redacted
from userstatus.store.keys import READ
from userstatus.web import bodies
from userstatus.web.pages import Pages

MAX_FORM_BYTES = 4096
MAX_AGE_S = 30 * 86400  # after which the key has to be entered again


class SignIn:
    """The page on which a key is entered, and the way out again."""

    def __init__(self, access: Access, pages: Pages):
        self.access = access
        self.pages = pages

    def blueprint(self) -> Blueprint:
        sign_in = Blueprint("sign_in", __name__)
        sign_in.get("/sign-in", endpoint="form")(self.form)
        sign_in.post("/sign-in", endpoint="enter")(self.enter)
        sign_in.post("/sign-out", endpoint="leave")(self.leave)
        return sign_in

    def form(self) -> Response:
        return self.pages.sign_in(local_path(request.args.get("next", "")))

    def enter(self) -> BaseResponse:
        """Check the key that was entered, and go on to the page that was asked for."""
        check_origin()
        fields = parse_qs(_body().decode("utf-8", "replace"))
        secret, path = fields.get("key", [""])[0].strip(), local_path(fields.get("next", [""])[0])
        try:
            self.access.check(READ, secret, request.environ["REMOTE_ADDR"])
        except Rejection as rejection:
            page = self.pages.sign_in(path, rejection)
            page.headers.extend(rejection.hints)
            return page
        response = redirect(path or url_for("pages.wall"), 303)
        response.set_cookie(
            credentials.COOKIE,
            secret,
            max_age=MAX_AGE_S,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure,
        )
        return response

    def leave(self) -> BaseResponse:
        check_origin()
        response = redirect(url_for("sign_in.form"), 303)
        response.delete_cookie(credentials.COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
        return response


def check_origin() -> None:
    """Reject the form of another site's page. Raises Rejection."""
    if not credentials.is_own_page(request.environ):
        error = "this form is not one of this service: open its own page; behind a proxy, see TRUSTED_PROXIES"
        raise Rejection(error, status=403)


def _body() -> bytes:
    body = bodies.read(request.environ)
    if len(body) > MAX_FORM_BYTES:
        raise Rejection(f"the form has more than {MAX_FORM_BYTES} bytes: enter a key", status=413)
    return body


def local_path(path: str) -> str:
    r"""A path of this service to go on to; empty if it might lead elsewhere.

    Browsers take `//host` and `/\host` for the address of another host.
    """
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return redacted(path) if is_local else ""
